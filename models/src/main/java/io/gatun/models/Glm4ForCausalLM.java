package io.gatun.models;

import io.gatun.kernels.NormStyle;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLayer.SandwichNames;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;

/** GLM-4-0414: GLM with norms also after each sublayer. */
public final class Glm4ForCausalLM extends DecoderLm {

    private static final SandwichNames NORMS =
            new SandwichNames("input_layernorm", "post_self_attn_layernorm", "post_attention_layernorm", "post_mlp_layernorm");

    public Glm4ForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, model(config, weights.scope("model")));
    }

    static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported("partial_rotary_factor");
        var rotary = GlmForCausalLM.rotary(config, weights);
        return DecoderModel.load(config, weights, (i, layer) -> DecoderLayer.sandwich(config, layer, NormStyle.LLAMA, NORMS,
                Attention.of(config, i).rotary(rotary).bias(config.attentionBias()).load(layer.scope("self_attn")),
                GatedMlp.fused(config, layer.scope("mlp"))));
    }
}
