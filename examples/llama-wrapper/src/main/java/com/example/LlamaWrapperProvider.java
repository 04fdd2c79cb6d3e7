package com.example;

import io.gatun.runtime.model.ModelFactory;
import io.gatun.runtime.model.ModelProvider;
import java.util.Map;

/** Lets {@code gatun --model-impl-jars} and any application with this jar on its class path find the model without registering it. */
public final class LlamaWrapperProvider implements ModelProvider {

    @Override
    public Map<String, ModelFactory> models() {
        return Map.of("LlamaWrapper", LlamaWrapper::new);
    }
}
