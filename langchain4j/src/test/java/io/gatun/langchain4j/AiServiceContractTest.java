package io.gatun.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.service.common.AbstractAiServiceIT;
import dev.langchain4j.service.common.AbstractStreamingAiServiceIT;
import io.gatun.runtime.engine.Engine;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** LangChain4j's own tests of AI services over a model. */
class AiServiceContractTest {
    private static Engine engine;

    @BeforeAll
    static void load(@TempDir Path folder) {
        engine = ScriptedModels.withTools(folder);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Chat extends AbstractAiServiceIT {
        @Override
        protected List<ChatModel> models() {
            return List.of(GatunChatModel.builder().engine(engine).sampling((request, params) -> ScriptedModels.follow(engine, request, params)).build());
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Streaming extends AbstractStreamingAiServiceIT {
        @Override
        protected List<StreamingChatModel> models() {
            return List.of(GatunStreamingChatModel.builder().engine(engine).sampling((request, params) -> ScriptedModels.follow(engine, request, params))
                    .build());
        }
    }
}
