package io.gatun.runtime.multimodal;

import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.model.ModelFactory;
import io.gatun.runtime.weights.WeightSource;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * Makes a model that sees, and its processor.
 *
 * @param model usually its constructor
 * @param processor makes the processor from the configuration and the model's folder, where {@code preprocessor_config.json} lies
 * @param completion completes config.json: fields of {@code text_config} at the top, and what the family's own class in Transformers assumes
 */
public record MultimodalFactory(BiFunction<ModelConfig, WeightSource, ? extends MultimodalModel> model, BiFunction<ModelConfig, Path, MultimodalProcessor> processor,
        UnaryOperator<JsonObject> completion) implements ModelFactory {

    /** A factory for a family whose language model is described at the top of config.json, or in {@code text_config} with nothing left out. */
    public MultimodalFactory(BiFunction<ModelConfig, WeightSource, ? extends MultimodalModel> model, BiFunction<ModelConfig, Path, MultimodalProcessor> processor) {
        this(model, processor, json -> textConfig(json, Map.of()));
    }

    @Override
    public MultimodalModel create(ModelConfig config, WeightSource weights) {
        return model.apply(config, weights);
    }

    @Override
    public JsonObject complete(JsonObject json) {
        return completion.apply(json);
    }

    /** config.json with the fields of {@code text_config} at the top, and defaults for what neither says. */
    public static JsonObject textConfig(JsonObject json, Map<String, Object> defaults) {
        return json.flattened("text_config", defaults, "architectures", "model_type");
    }
}
