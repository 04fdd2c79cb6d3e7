package io.gatun.runtime.multimodal;

import io.gatun.memory.Tensor;
import io.gatun.runtime.model.CausalLm;

/** A language model with a tower that turns pictures into embeddings. */
public interface MultimodalModel extends CausalLm {

    /**
     * Runs the tower on one picture or video (SGLang's get_image_feature).
     *
     * @param pixels [feature.rows(), feature.cols()] on the device, in the dtype of activations
     * @return [feature.tokens(), hiddenSize], in the workspace of the step
     */
    Tensor imageFeature(MediaFeature feature, Tensor pixels);
}
