package io.gatun.models;

import io.gatun.kernels.Activation;
import io.gatun.kernels.NormStyle;
import io.gatun.kernels.Routing;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.DecoderLayer;
import io.gatun.runtime.layers.DecoderLm;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.MoeMlp;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.weights.WeightSource;

/** gpt-oss: attention with sinks and, in every other layer, a window; experts with biases and a clamped SwiGLU, in bf16 or MXFP4. */
public final class GptOssForCausalLM extends DecoderLm {

    public GptOssForCausalLM(ModelConfig config, WeightSource weights) {
        super(config, weights, model(config, weights.scope("model")));
    }

    private static DecoderModel model(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported("sliding_window", "num_local_experts", "quantization_config");
        requireMxfp4(config);
        boolean bias = config.json().booleanValue("attention_bias", true);
        var rotary = RotaryEmbedding.create(weights.context(), config.rope(), config.headDim());
        var routing = Routing.softmaxOfChosen(config.json().positiveInt("num_experts_per_tok"));
        return DecoderModel.load(config, weights, NormStyle.FP32, 1, (i, layer) -> DecoderLayer.preNorm(config, layer, NormStyle.FP32,
                Attention.of(config, i).rotary(rotary).sinks().bias(bias).outputBias(bias).window(config.window(i, every -> every % 2 == 0))
                        .load(layer.scope("self_attn")),
                MoeMlp.of(config, "num_local_experts", routing).router("router", true).packed(Activation.CLAMPED_SWIGLU).load(layer.scope("mlp"))));
    }

    private static void requireMxfp4(ModelConfig config) {
        config.json().object("quantization_config").ifPresent(quantization -> {
            if (!quantization.text("quant_method").equals("mxfp4")) {
                throw quantization.wrong("quant_method", "mxfp4");
            }
        });
    }
}
