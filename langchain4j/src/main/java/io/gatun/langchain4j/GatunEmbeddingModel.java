package io.gatun.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.DimensionAwareEmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import io.gatun.runtime.engine.Pooling;
import java.util.List;
import java.util.Optional;

/** LangChain4j's embedding model over an engine of this process: the last hidden states of each text, pooled. All texts of a call are embedded at once. */
public final class GatunEmbeddingModel extends DimensionAwareEmbeddingModel implements AutoCloseable {
    private final EngineHandle handle;
    private final Pooling pooling;
    private final boolean normalize;
    private final List<EmbeddingModelListener> listeners;

    private GatunEmbeddingModel(EngineHandle handle, Builder builder) {
        this.handle = handle;
        pooling = builder.pooling;
        normalize = builder.normalize;
        listeners = builder.listeners;
    }

    /** A model to be described: by an engine or a folder at least. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects what a model is made of. */
    public static final class Builder extends ModelBuilder<Builder> {
        private Pooling pooling = Pooling.LAST;
        private boolean normalize = true;
        private List<EmbeddingModelListener> listeners = List.of();

        private Builder() {
        }

        @Override
        Builder self() {
            return this;
        }

        /** How the tokens' states become one embedding. Default: the last token's, as SGLang does. */
        public Builder pooling(Pooling value) {
            pooling = value;
            return this;
        }

        /** Whether embeddings are scaled to length 1. Default: they are. */
        public Builder normalize(boolean value) {
            normalize = value;
            return this;
        }

        public Builder listeners(List<EmbeddingModelListener> value) {
            listeners = value == null ? List.of() : List.copyOf(value);
            return this;
        }

        /**
         * The model.
         *
         * @throws IllegalArgumentException if there is neither an engine nor a folder, or both
         * @throws RuntimeException as {@link io.gatun.runtime.engine.Engine#load} does, where it loads an engine
         */
        public GatunEmbeddingModel build() {
            return new GatunEmbeddingModel(handle(Optional.empty()), this);
        }
    }

    /**
     * Embeds texts.
     *
     * @throws dev.langchain4j.exception.InvalidRequestException if a text is empty or too long
     * @throws dev.langchain4j.exception.LangChain4jException if the engine failed
     */
    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        try {
            var texts = request.inputs().stream().map(EmbeddingInput::text).toList();
            var embeddings = handle.engine().encode(texts, pooling, normalize).stream().map(Embedding::from).toList();
            int tokens = handle.engine().tokenizer().map(tokenizer -> texts.stream().mapToInt(text -> tokenizer.encode(text).length).sum()).orElse(0);
            return EmbeddingResponse.builder().embeddings(embeddings).modelName(handle.modelName()).tokenUsage(new TokenUsage(tokens)).build();
        } catch (RuntimeException e) {
            throw Failures.of(e);
        }
    }

    @Override
    protected Integer knownDimension() {
        return handle.engine().config().hiddenSize();
    }

    @Override
    public String modelName() {
        return handle.modelName();
    }

    @Override
    public List<EmbeddingModelListener> listeners() {
        return listeners;
    }

    /** Closes the engine that was loaded from a folder; an engine that was handed over stays open. */
    @Override
    public void close() {
        handle.close();
    }
}
