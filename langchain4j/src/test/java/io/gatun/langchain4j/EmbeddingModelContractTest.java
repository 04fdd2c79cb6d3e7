package io.gatun.langchain4j;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.common.AbstractEmbeddingModelIT;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import io.gatun.runtime.engine.Engine;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** LangChain4j's own tests of an embedding model. */
class EmbeddingModelContractTest extends AbstractEmbeddingModelIT {
    private static final Path SAMPLE = Path.of("..", "models", "samples", "llama");
    private static Engine engine;

    @BeforeAll
    static void load() {
        engine = Engine.load(SAMPLE);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Override
    protected List<EmbeddingModel> models() {
        return List.of(GatunEmbeddingModel.builder().engine(engine).build());
    }

    @Override
    protected EmbeddingModel modelWith(EmbeddingModelListener listener) {
        return GatunEmbeddingModel.builder().engine(engine).listeners(List.of(listener)).build();
    }

    /** One whose engine is closed. */
    @Override
    protected EmbeddingModel failingModelWith(EmbeddingModelListener listener) {
        var model = GatunEmbeddingModel.builder().modelPath(SAMPLE).listeners(List.of(listener)).build();
        model.close();
        return model;
    }

    @Override
    protected boolean supportsInputTypeParameter() {
        return false;
    }

    @Override
    protected boolean supportsDimensionsParameter() {
        return false;
    }

    @Override
    protected boolean supportsImageInput() {
        return false;
    }
}
