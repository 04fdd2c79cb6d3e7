package io.gatun.models;

import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.layers.DecoderModel;
import io.gatun.runtime.layers.SequenceClassifier;
import io.gatun.runtime.model.ModelFactory;
import io.gatun.runtime.model.ModelProvider;
import io.gatun.runtime.multimodal.MultimodalFactory;
import io.gatun.runtime.weights.WeightSource;
import java.util.Map;
import java.util.function.BiFunction;

/** The models that Gatun brings, by the name in config.json. */
public final class GatunModels implements ModelProvider {

    @Override
    public Map<String, ModelFactory> models() {
        return Map.ofEntries(
                Map.entry("DeepseekV2ForCausalLM", DeepseekV2ForCausalLM::new),
                Map.entry("DeepseekV3ForCausalLM", DeepseekV3ForCausalLM::new),
                Map.entry("Gemma2ForCausalLM", Gemma2ForCausalLM::new),
                Map.entry("Gemma3ForCausalLM", Gemma3ForCausalLM::new),
                Map.entry("Gemma3ForConditionalGeneration",
                        new MultimodalFactory(Gemma3ForConditionalGeneration::new, Gemma3Processor::new, Gemma3ForConditionalGeneration::complete)),
                Map.entry("GemmaForCausalLM", GemmaForCausalLM::new),
                Map.entry("Glm4ForCausalLM", Glm4ForCausalLM::new),
                Map.entry("GlmForCausalLM", GlmForCausalLM::new),
                Map.entry("GptOssForCausalLM", GptOssForCausalLM::new),
                Map.entry("GraniteForCausalLM", GraniteForCausalLM::new),
                Map.entry("LlamaForCausalLM", LlamaForCausalLM::new),
                Map.entry("LlamaForSequenceClassification", classifier(LlamaForCausalLM::model)),
                Map.entry("LlavaForConditionalGeneration",
                        new MultimodalFactory(LlavaForConditionalGeneration::new, LlavaProcessor::new, LlavaForConditionalGeneration::complete)),
                Map.entry("LlavaNextForConditionalGeneration",
                        new MultimodalFactory(LlavaNextForConditionalGeneration::new, LlavaNextProcessor::new, LlavaNextForConditionalGeneration::complete)),
                Map.entry("LlavaOnevisionForConditionalGeneration",
                        new MultimodalFactory(LlavaOnevisionForConditionalGeneration::new, LlavaOnevisionProcessor::new,
                                LlavaOnevisionForConditionalGeneration::complete)),
                Map.entry("Ministral3ForCausalLM", Ministral3ForCausalLM::new),
                Map.entry("MinistralForCausalLM", MistralForCausalLM::new),
                Map.entry("MistralForCausalLM", MistralForCausalLM::new),
                Map.entry("MixtralForCausalLM", MixtralForCausalLM::new),
                Map.entry("Olmo2ForCausalLM", Olmo2ForCausalLM::new),
                Map.entry("Phi3ForCausalLM", Phi3ForCausalLM::new),
                Map.entry("Qwen2ForCausalLM", Qwen2ForCausalLM::new),
                Map.entry("Qwen2ForSequenceClassification", classifier(Qwen2ForCausalLM::model)),
                Map.entry("Qwen2MoeForCausalLM", Qwen2MoeForCausalLM::new),
                Map.entry("Qwen2VLForConditionalGeneration",
                        new MultimodalFactory(Qwen2VLForConditionalGeneration::new, Qwen2VlProcessor::new, Qwen2VLForConditionalGeneration::complete)),
                Map.entry("Qwen2_5_VLForConditionalGeneration",
                        new MultimodalFactory(Qwen2_5_VLForConditionalGeneration::new, Qwen2VlProcessor::new, Qwen2_5_VLForConditionalGeneration::complete)),
                Map.entry("Qwen3ForCausalLM", Qwen3ForCausalLM::new),
                Map.entry("Qwen3ForSequenceClassification", classifier(Qwen3ForCausalLM::model)),
                Map.entry("Qwen3MoeForCausalLM", Qwen3MoeForCausalLM::new),
                Map.entry("SmolLM3ForCausalLM", SmolLM3ForCausalLM::new));
    }

    /** A head that scores sequences on a family's decoder. */
    private static ModelFactory classifier(BiFunction<ModelConfig, WeightSource, DecoderModel> model) {
        return (config, weights) -> new SequenceClassifier(config, weights, model.apply(config, weights.scope("model")));
    }
}
