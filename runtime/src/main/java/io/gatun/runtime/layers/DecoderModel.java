package io.gatun.runtime.layers;

import io.gatun.kernels.NormStyle;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;
import io.gatun.runtime.weights.WeightSource.ItemFactory;
import java.util.List;

/** A decoder without its head: embedding, layers and a last norm; what checkpoints call {@code model}. */
public final class DecoderModel {
    private final LayerContext context;
    private final VocabEmbedding embedTokens;
    private final List<DecoderLayer> layers;
    private final RmsNorm norm;

    private DecoderModel(LayerContext context, VocabEmbedding embedTokens, List<DecoderLayer> layers, RmsNorm norm) {
        this.context = context;
        this.embedTokens = embedTokens;
        this.layers = layers;
        this.norm = norm;
    }

    /**
     * Takes {@code embed_tokens}, {@code layers} and {@code norm}.
     *
     * @param style of the last norm
     * @param embeddingScale what embeddings are multiplied by, or 1
     * @param layer makes the layer of an index
     */
    public static DecoderModel load(ModelConfig config, WeightSource weights, NormStyle style, double embeddingScale, ItemFactory<DecoderLayer> layer) {
        var embedTokens = VocabEmbedding.load(weights.scope("embed_tokens"), config.vocabSize(), config.hiddenSize());
        var layers = weights.scope("layers").list(config.numHiddenLayers(), (i, source) -> {
            source.ignore("self_attn.rotary_emb.inv_freq");
            return layer.create(i, source);
        });
        var norm = RmsNorm.load(weights.scope("norm"), config.hiddenSize(), config.rmsNormEps(), style);
        return new DecoderModel(weights.context(), embeddingScale == 1 ? embedTokens : embedTokens.scaledBy(embeddingScale), layers, norm);
    }

    /** {@link #load(ModelConfig, WeightSource, NormStyle, double, ItemFactory)} with a norm in Llama's style and embeddings as they are. */
    public static DecoderModel load(ModelConfig config, WeightSource weights, ItemFactory<DecoderLayer> layer) {
        return load(config, weights, NormStyle.LLAMA, 1, layer);
    }

    /** The embedding, for a head that is tied to it. */
    public VocabEmbedding embedTokens() {
        return embedTokens;
    }

    /** The normalised hidden states [T, H] after i32 ids [T], or what takes their place in {@code batch}, at i32 positions [T] or [3, T]. */
    public Tensor forward(Tensor inputIds, Tensor positions, ForwardBatch batch) {
        var embedded = embedTokens.forward(inputIds);
        batch.media().ifPresent(media -> context.kernels().embedding().mergeRows(media.table(), media.rows(), embedded));
        var stream = ResidualStream.of(context.workspace(), embedded);
        for (int i = 0; i < layers.size(); i++) {
            layers.get(i).forward(positions, stream, batch);
        }
        return norm.forward(stream);
    }
}
