package com.example.vision;

import io.gatun.memory.Tensor;
import io.gatun.models.LlamaForCausalLM;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.Linear;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.multimodal.MultimodalModel;
import io.gatun.runtime.multimodal.image.Patches;
import io.gatun.runtime.weights.WeightSource;

/** A Llama that sees without a tower: each patch of a picture becomes a token by one linear layer, as in Fuyu. */
public final class PatchLlama extends LlamaForCausalLM implements MultimodalModel {
    private final Linear visionEmbedTokens;

    public PatchLlama(ModelConfig config, WeightSource weights) {
        super(config, weights);
        int columns = Patches.plainColumns(config.json().positiveInt("patch_size"));
        visionEmbedTokens = Linear.load(weights.scope("vision_embed_tokens"), config.hiddenSize(), columns, false);
    }

    @Override
    public Tensor imageFeature(MediaFeature feature, Tensor pixels) {
        return visionEmbedTokens.forward(pixels);
    }
}
