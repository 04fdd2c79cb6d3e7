package io.gatun.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.service.common.AbstractAiServiceIT;
import dev.langchain4j.service.common.AbstractAiServiceWithToolsIT;
import dev.langchain4j.service.common.AbstractStreamingAiServiceIT;
import io.gatun.runtime.engine.Engine;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
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
    @ExtendWith(WithoutNetwork.class)
    class Tools extends AbstractAiServiceWithToolsIT {
        @Override
        protected List<ChatModel> models() {
            return List.of(GatunChatModel.builder().engine(engine).sampling((request, params) -> ScriptedModels.follow(engine, request, params)).build());
        }
    }

    /** Leaves out a test that fetches its picture before it comes to the model. */
    static final class WithoutNetwork implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            boolean fetches = context.getTestMethod().map(method -> method.getName().startsWith("should_fail_when_tool_returns_image")).orElse(false);
            return fetches ? ConditionEvaluationResult.disabled("it reads a picture from a public address")
                    : ConditionEvaluationResult.enabled("needs no network");
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
