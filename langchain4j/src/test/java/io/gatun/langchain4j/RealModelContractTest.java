package io.gatun.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.service.common.AbstractAiServiceIT;
import dev.langchain4j.service.common.AbstractAiServiceWithJsonSchemaIT;
import dev.langchain4j.service.common.AbstractAiServiceWithToolsIT;
import dev.langchain4j.service.common.AbstractStreamingAiServiceIT;
import io.gatun.runtime.engine.Engine;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** LangChain4j's tests of AI services with a model of the machine's own, in a folder that the environment names. */
@EnabledIfEnvironmentVariable(named = "GATUN_LANGCHAIN4J_MODEL", matches = ".+",
        disabledReason = "Needs a model that reads texts, extracts facts and calls tools by its "
        + "own wit, which the shipped samples do not have: set GATUN_LANGCHAIN4J_MODEL to the folder of one, such as Qwen2.5-7B-Instruct")
class RealModelContractTest {
    private static Engine engine;

    @BeforeAll
    static void load() {
        engine = Engine.load(Path.of(System.getenv("GATUN_LANGCHAIN4J_MODEL")));
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static List<ChatModel> chat() {
        return List.of(GatunChatModel.builder().engine(engine).temperature(0.0).build());
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Service extends AbstractAiServiceIT {
        @Override
        protected List<ChatModel> models() {
            return chat();
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class StreamingService extends AbstractStreamingAiServiceIT {
        @Override
        protected List<StreamingChatModel> models() {
            return List.of(GatunStreamingChatModel.builder().engine(engine).temperature(0.0).build());
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Tools extends AbstractAiServiceWithToolsIT {
        @Override
        protected List<ChatModel> models() {
            return chat();
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class JsonSchema extends AbstractAiServiceWithJsonSchemaIT {
        @Override
        protected List<ChatModel> models() {
            return chat();
        }
    }
}
