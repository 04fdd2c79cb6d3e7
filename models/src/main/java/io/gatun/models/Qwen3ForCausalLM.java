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

/** Qwen3 and Qwen3-Embedding: a Llama that normalises each head of q and k. */
public final class Qwen3ForCausalLM extends DecoderLm {

    /** What the checkpoint of an embedding model, which has no head, calls the embedding. */
    private static final String WITHOUT_HEAD = "embed_tokens.weight";

    public Qwen3ForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, model(config, weights.has(WITHOUT_HEAD) ? weights : weights.scope("model")));
    }

    static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported("sliding_window");
        int fullLayers = config.json().intValue("max_window_layers", 28);
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), config.headDim());
        return DecoderModel.load(config, weights, (i, layer) -> DecoderLayer.preNorm(config, layer,
                Attention.of(config, i).rotary(rotary).headNorm(NormStyle.LLAMA).bias(config.attentionBias()).outputBias(config.attentionBias())
                        .window(config.optionalWindow(i, later -> later >= fullLayers)).load(layer.scope("self_attn")),
                new GatedMlp(config, layer.scope("mlp"))));
    }
}
