package io.gatun.models;

import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Attention;
import io.gatun.runtime.layers.GatedMlp;
import io.gatun.runtime.layers.LmHead;
import io.gatun.runtime.layers.LogitsOutput;
import io.gatun.runtime.layers.LogitsProcessor;
import io.gatun.runtime.layers.ResidualStream;
import io.gatun.runtime.layers.RmsNorm;
import io.gatun.runtime.layers.RotaryEmbedding;
import io.gatun.runtime.layers.VocabEmbedding;
import io.gatun.runtime.model.CausalLm;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;
import java.util.List;

/** Llama 2, 3, 3.1 and 3.2 (text), by their configurations. */
public class LlamaForCausalLM implements CausalLm {
    private final LayerContext context;
    private final VocabEmbedding embedTokens;
    private final List<DecoderLayer> layers;
    private final RmsNorm norm;
    private final LmHead lmHead;
    private final LogitsProcessor logitsProcessor;

    public LlamaForCausalLM(ModelConfig config, WeightSource weights) {
        config.rejectUnsupported();
        context = weights.context();
        var model = weights.scope("model");
        var rotary = RotaryEmbedding.create(context, config.rope(), config.headDim());
        embedTokens = VocabEmbedding.load(model.scope("embed_tokens"), config.vocabSize(), config.hiddenSize());
        layers = model.scope("layers").list(config.numHiddenLayers(), (i, layer) -> new DecoderLayer(config, i, rotary, layer));
        norm = RmsNorm.load(model.scope("norm"), config.hiddenSize(), config.rmsNormEps());
        if (config.tieWordEmbeddings()) {
            weights.ignore("lm_head.weight");
            lmHead = embedTokens.tied();
        } else {
            lmHead = LmHead.load(weights.scope("lm_head"), config.vocabSize(), config.hiddenSize());
        }
        logitsProcessor = new LogitsProcessor(context);
    }

    @Override
    public LogitsOutput forward(Tensor inputIds, Tensor positions, ForwardBatch batch) {
        var stream = ResidualStream.of(context.workspace(), embedTokens.forward(inputIds));
        for (var layer : layers) {
            layer.forward(positions, stream, batch);
        }
        return logitsProcessor.forward(inputIds, norm.forward(stream), lmHead, batch);
    }

    private static final class DecoderLayer {
        private final RmsNorm inputLayernorm;
        private final Attention selfAttn;
        private final RmsNorm postAttentionLayernorm;
        private final GatedMlp mlp;

        DecoderLayer(ModelConfig config, int layerId, RotaryEmbedding rotary, WeightSource weights) {
            weights.ignore("self_attn.rotary_emb.inv_freq");
            inputLayernorm = RmsNorm.load(weights.scope("input_layernorm"), config.hiddenSize(), config.rmsNormEps());
            selfAttn = new Attention(config, layerId, rotary, weights.scope("self_attn"));
            postAttentionLayernorm = RmsNorm.load(weights.scope("post_attention_layernorm"), config.hiddenSize(), config.rmsNormEps());
            mlp = new GatedMlp(config, weights.scope("mlp"));
        }

        void forward(Tensor positions, ResidualStream stream, ForwardBatch batch) {
            stream.add(selfAttn.forward(positions, inputLayernorm.forward(stream), batch));
            stream.add(mlp.forward(postAttentionLayernorm.forward(stream)));
        }
    }
}
