package io.gatun.models;

import io.gatun.kernels.NormStyle;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;
import java.util.Map;

/** Gemma: norms with weights around 0, scaled embeddings tied to the head. */
public final class GemmaForCausalLM extends DecoderLm {

    static final Map<String, Object> DEFAULTS = Map.of("tie_word_embeddings", true);

    public GemmaForCausalLM(ModelConfig config, WeightSource weights) {
        super(config.withDefaults(DEFAULTS), weights, model(config, weights.scope("model")));
    }

    static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported();
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), config.headDim());
        return DecoderModel.load(config, weights, NormStyle.GEMMA, embeddingScale(config, weights), (i, layer) -> DecoderLayer.preNorm(config, layer, NormStyle.GEMMA,
                Attention.of(config, i).rotary(rotary).bias(config.attentionBias()).outputBias(config.attentionBias()).load(layer.scope("self_attn")),
                new GatedMlp(config, layer.scope("mlp"))));
    }

    /** The root of the hidden size, rounded to the dtype of activations as in Hugging Face. */
    static double embeddingScale(ModelConfig config, WeightSource weights) {
        return weights.context().activationType().round((float) Math.sqrt(config.hiddenSize()));
    }
}
