package io.gatun.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.common.AbstractChatModelIT;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import io.gatun.runtime.engine.Engine;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** LangChain4j's own tests of a chat model. Pictures by address would need a network. */
class ChatModelContractTest extends AbstractChatModelIT {
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

    private static ChatModel model(Engine engine, ChatRequestParameters parameters) {
        return GatunChatModel.builder().engine(engine).defaultRequestParameters(parameters)
                .sampling((request, params) -> ScriptedModels.follow(engine, request, params)).build();
    }

    @Override
    protected List<ChatModel> models() {
        return List.of(createModelWith(ChatRequestParameters.builder().build()));
    }

    @Override
    protected List<ChatModel> modelsSupportingImageInputs() {
        return List.of(model(eyes, ChatRequestParameters.builder().build()));
    }

    @Override
    protected ChatModel createModelWith(ChatRequestParameters parameters) {
        return model(engine, parameters);
    }

    @Override
    protected ChatRequestParameters createIntegrationSpecificParameters(int maxOutputTokens) {
        return ChatRequestParameters.builder().maxOutputTokens(maxOutputTokens).build();
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
