package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.Activation;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.config.RopeConfig;
import io.gatun.runtime.model.ModelRegistry;
import io.gatun.runtime.multimodal.MultimodalFactory;
import org.junit.jupiter.api.Test;

/** Configurations as published, of which some say next to nothing about the language model. */
class VlmConfigTest {

    @Test
    void llava15IsTheLlamaThatItsClassAssumes() {
        var config = config("""
                {"architectures": ["LlavaForConditionalGeneration"], "ignore_index": -100, "image_token_index": 32000, "model_type": "llava",
                 "pad_token_id": 32001, "projector_hidden_act": "gelu", "text_config": {"_name_or_path": "lmsys/vicuna-7b-v1.5",
                 "architectures": ["LlamaForCausalLM"], "max_position_embeddings": 4096, "model_type": "llama", "rms_norm_eps": 1e-05,
                 "torch_dtype": "float16", "vocab_size": 32064}, "torch_dtype": "float16",
                 "vision_config": {"hidden_size": 1024, "image_size": 336, "intermediate_size": 4096,
                 "model_type": "clip_vision_model", "num_attention_heads": 16, "num_hidden_layers": 24, "patch_size": 14, "projection_dim": 768,
                 "vocab_size": 32000}, "vision_feature_layer": -2, "vision_feature_select_strategy": "default", "vocab_size": 32064}""");
        assertThat(config.architecture()).isEqualTo("LlavaForConditionalGeneration");
        assertThat(config.hiddenSize()).isEqualTo(4096);
        assertThat(config.intermediateSize()).isEqualTo(11008);
        assertThat(config.numHiddenLayers()).isEqualTo(32);
        assertThat(config.numKeyValueHeads()).isEqualTo(32);
        assertThat(config.vocabSize()).isEqualTo(32064);
        assertThat(config.maxPositionEmbeddings()).isEqualTo(4096);
        assertThat(config.rmsNormEps()).isEqualTo(1e-5f);
        assertThat(config.tieWordEmbeddings()).isFalse();
        var vision = PictureTower.config(VisionLanguageModel.vision(config));
        assertThat(vision.positiveDouble("layer_norm_eps")).isEqualTo(1e-5);
        assertThat(ModelConfig.activation(vision)).isEqualTo(Activation.QUICK_GELU);
    }

    @Test
    void gemma3IsCompletedByItsClass() {
        var config = config("""
                {"architectures": ["Gemma3ForConditionalGeneration"], "boi_token_index": 255999, "eoi_token_index": 256000, "eos_token_id": [1, 106],
                 "image_token_index": 262144, "initializer_range": 0.02, "mm_tokens_per_image": 256, "model_type": "gemma3", "text_config": {
                 "hidden_size": 2560, "intermediate_size": 10240, "model_type": "gemma3_text", "num_hidden_layers": 34,
                 "rope_scaling": {"factor": 8.0, "rope_type": "linear"}, "sliding_window": 1024}, "torch_dtype": "bfloat16",
                 "vision_config": {"hidden_size": 1152, "image_size": 896, "intermediate_size": 4304,
                 "model_type": "siglip_vision_model", "num_attention_heads": 16, "num_hidden_layers": 27, "patch_size": 14, "vision_use_head": false}}""");
        assertThat(config.numAttentionHeads()).isEqualTo(8);
        assertThat(config.numKeyValueHeads()).isEqualTo(4);
        assertThat(config.headDim()).isEqualTo(256);
        assertThat(config.vocabSize()).isEqualTo(262_208);
        assertThat(config.tieWordEmbeddings()).isTrue();
        assertThat(config.maxContextLength()).isEqualTo(131_072);
        assertThat(config.rope(ModelConfig.FULL_ATTENTION)).isEqualTo(new RopeConfig.Linear(1_000_000, 8));
        assertThat(config.json().positiveDouble("rope_local_base_freq")).isEqualTo(10_000);
        assertThat(config.eosTokenIds()).containsExactly(1, 106);
        assertThat(config.activation()).isEqualTo(Activation.GELU_TANH);
    }

    @Test
    void mropeIsPlainRotationWithSections() {
        var config = config("""
                {"architectures": ["Qwen2VLForConditionalGeneration"], "hidden_act": "silu", "hidden_size": 3584, "intermediate_size": 18944,
                 "max_position_embeddings": 32768, "max_window_layers": 28, "model_type": "qwen2_vl", "num_attention_heads": 28, "num_hidden_layers": 28,
                 "num_key_value_heads": 4, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": false,
                 "use_sliding_window": false, "vision_config": {"depth": 32, "embed_dim": 1280, "hidden_size": 3584, "in_chans": 3, "num_heads": 16},
                 "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]}, "vocab_size": 152064}""");
        assertThat(config.rope()).isEqualTo(new RopeConfig.Default(1_000_000));
        assertThat(config.json().object("rope_scaling").orElseThrow().ints("mrope_section")).containsExactly(16, 24, 24);
    }

    @Test
    void aHeadIsTiedWhereverTheConfigurationSaysSo() {
        String template = """
                {"architectures": ["LlavaOnevisionForConditionalGeneration"], "tie_word_embeddings": %s, "text_config": {"model_type": "qwen2",
                 "tie_word_embeddings": %s, "hidden_size": 896, "num_attention_heads": 14, "num_key_value_heads": 2}}""";
        assertThat(config(template.formatted(true, false)).tieWordEmbeddings()).isTrue();
        assertThat(config(template.formatted(false, true)).tieWordEmbeddings()).isTrue();
        assertThat(config(template.formatted(false, false)).tieWordEmbeddings()).isFalse();
    }

    @Test
    void whatIsNotSupportedIsNamed() {
        assertThatThrownBy(() -> config("""
                {"architectures": ["LlavaForConditionalGeneration"], "text_config": {"model_type": "opt"}}"""))
                .isInstanceOf(ConfigException.class)
                .hasMessage("config.json: text_config.model_type is \"opt\"; it must be one of llama, mistral, qwen2, qwen3");
        assertThatThrownBy(() -> PictureTower.config(JsonObject.parse("config.json", "{\"model_type\": \"pixtral\"}")))
                .isInstanceOf(ConfigException.class).hasMessage("config.json: model_type is \"pixtral\"; it must be clip_vision_model or siglip_vision_model");
    }

    private static ModelConfig config(String text) {
        var json = JsonObject.parse("config.json", text);
        var factory = ModelRegistry.find(json).factory();
        assertThat(factory).isInstanceOf(MultimodalFactory.class);
        return ModelConfig.of(factory.complete(json));
    }
}
