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

/** OLMo 2: norms after the sublayers in place of before, and of q and k over all heads. */
public final class Olmo2ForCausalLM extends DecoderLm {

    public Olmo2ForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, model(config, weights.scope("model")));
    }

    static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported();
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), config.headDim());
        return DecoderModel.load(config, weights, NormStyle.FP32, 1, (i, layer) -> DecoderLayer.postNorm(config, layer, NormStyle.FP32,
                Attention.of(config, i).rotary(rotary).fullNorm(NormStyle.FP32).bias(config.attentionBias()).outputBias(config.attentionBias())
                        .load(layer.scope("self_attn")),
                new GatedMlp(config, layer.scope("mlp"))));
    }
}
