package com.example.vision;

import io.gatun.runtime.model.ModelFactory;
import io.gatun.runtime.model.ModelProvider;
import io.gatun.runtime.multimodal.MultimodalFactory;
import java.util.Map;

/** Makes the model and its processor known to every application with this jar on its class path. */
public final class PatchLlamaProvider implements ModelProvider {

    @Override
    public Map<String, ModelFactory> models() {
        return Map.of("PatchLlama", new MultimodalFactory(PatchLlama::new, PatchProcessor::new));
    }
}
