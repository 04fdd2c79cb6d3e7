package io.gatun.langchain4j;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelListenerIT;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelListenerIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import io.gatun.runtime.engine.Engine;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** LangChain4j's own tests of listeners. A model fails where its top p is out of range. */
class ListenerContractTest {
    private static final String NAME = "the-sample";
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
    class Chat extends AbstractChatModelListenerIT {
        private GatunChatModel.Builder builder(ChatModelListener listener) {
            return GatunChatModel.builder().engine(engine).modelName(NAME).listeners(listener);
        }

        @Override
        protected ChatModel createModel(ChatModelListener listener) {
            return builder(listener).temperature(temperature()).topP(topP()).maxOutputTokens(maxTokens()).build();
        }

        @Override
        protected String modelName() {
            return NAME;
        }

        @Override
        protected ChatModel createFailingModel(ChatModelListener listener) {
            return builder(listener).topP(2.0).build();
        }

        @Override
        protected Class<? extends Exception> expectedExceptionClass() {
            return InvalidRequestException.class;
        }
    }

    @Nested
    class Streaming extends AbstractStreamingChatModelListenerIT {
        private GatunStreamingChatModel.Builder builder(ChatModelListener listener) {
            return GatunStreamingChatModel.builder().engine(engine).modelName(NAME).listeners(listener);
        }

        @Override
        protected StreamingChatModel createModel(ChatModelListener listener) {
            return builder(listener).temperature(temperature()).topP(topP()).maxOutputTokens(maxTokens()).build();
        }

        @Override
        protected String modelName() {
            return NAME;
        }

        @Override
        protected StreamingChatModel createFailingModel(ChatModelListener listener) {
            return builder(listener).topP(2.0).build();
        }

        @Override
        protected Class<? extends Exception> expectedExceptionClass() {
            return InvalidRequestException.class;
        }
    }
}
