package io.gatun.langchain4j;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.Mockito.atLeast;
import static org.mockito.Mockito.atLeastOnce;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.common.AbstractStreamingChatModelIT;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.gatun.runtime.engine.Engine;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.mockito.InOrder;

/** LangChain4j's own tests of a streaming chat model. Pictures by address would need a network. */
class StreamingChatModelContractTest extends AbstractStreamingChatModelIT {
    private static Engine engine;
    private static Engine eyes;

    @BeforeAll
    static void load(@TempDir Path folder) {
        engine = ScriptedModels.withTools(folder);
        eyes = ScriptedModels.withEyes();
    }

    @AfterAll
    static void close() {
        engine.close();
        eyes.close();
    }

    private static GatunStreamingChatModel.Builder builder(Engine engine) {
        return GatunStreamingChatModel.builder().engine(engine).sampling((request, params) -> ScriptedModels.follow(engine, request, params));
    }

    @Override
    protected List<StreamingChatModel> models() {
        return List.of(builder(engine).build());
    }

    @Override
    protected List<StreamingChatModel> modelsSupportingImageInputs() {
        return List.of(builder(eyes).build());
    }

    @Override
    protected StreamingChatModel createModelWith(ChatRequestParameters parameters) {
        return builder(engine).defaultRequestParameters(parameters).build();
    }

    @Override
    public StreamingChatModel createModelWith(ChatModelListener listener) {
        return builder(engine).listeners(listener).build();
    }

    @Override
    protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
        return ChatRequestParameters.builder().maxOutputTokens(maxOutputTokens).build();
    }

    @Override
    protected void verifyToolCallbacks(StreamingChatResponseHandler handler, InOrder io, String id) {
        verifyCall(handler, io, 0, id);
    }

    @Override
    protected void verifyToolCallbacks(StreamingChatResponseHandler handler, InOrder io, StreamingChatModel model) {
        io.verify(handler, atLeast(1)).onPartialToolCall(any(), any());
        io.verify(handler).onCompleteToolCall(any());
    }

    @Override
    protected void verifyToolCallbacks(StreamingChatResponseHandler handler, InOrder io, String id1, String id2) {
        verifyCall(handler, io, 0, id1);
        verifyCall(handler, io, 1, id2);
    }

    private static void verifyCall(StreamingChatResponseHandler handler, InOrder io, int index, String id) {
        io.verify(handler, atLeastOnce()).onPartialToolCall(argThat(part -> part.index() == index && part.id().equals(id)), any());
        io.verify(handler).onCompleteToolCall(argThat(call -> call.index() == index && call.toolExecutionRequest().id().equals(id)));
    }

    @Override
    protected boolean supportsModelNameParameter() {
        return false;
    }

    @Override
    protected boolean supportsSingleImageInputAsPublicURL() {
        return false;
    }
}
