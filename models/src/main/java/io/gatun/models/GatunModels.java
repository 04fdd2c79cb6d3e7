package io.gatun.models;

import io.gatun.runtime.model.ModelFactory;
import io.gatun.runtime.model.ModelProvider;
import java.util.Map;

/** The models that Gatun brings, by the name in config.json. */
public final class GatunModels implements ModelProvider {

    @Override
    public Map<String, ModelFactory> models() {
        return Map.of("LlamaForCausalLM", LlamaForCausalLM::new);
    }
}
