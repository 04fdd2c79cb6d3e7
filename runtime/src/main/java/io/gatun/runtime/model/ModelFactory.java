package io.gatun.runtime.model;

import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.weights.WeightSource;

/** Makes a model; usually its constructor, as {@code LlamaForCausalLM::new}. */
@FunctionalInterface
public interface ModelFactory {

    /**
     * Makes the model that {@code config} describes, with all its weights.
     *
     * @throws io.gatun.runtime.config.ConfigException if the configuration asks for what the model cannot do
     * @throws io.gatun.runtime.weights.CheckpointException if a weight is missing or has the wrong shape
     */
    CausalLm create(ModelConfig config, WeightSource weights);

    /** config.json as every part of Gatun shall see it: with the language model's fields at the top, and what the family leaves out filled in. */
    default JsonObject complete(JsonObject json) {
        return json;
    }
}
