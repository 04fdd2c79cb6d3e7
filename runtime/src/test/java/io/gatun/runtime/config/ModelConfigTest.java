package io.gatun.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.Activation;
import io.gatun.kernels.AttentionOptions;
import io.gatun.memory.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelConfigTest {
    private static final String LLAMA = """
            {"architectures": ["LlamaForCausalLM"], "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
             "vocab_size": 300, "max_position_embeddings": 128, "intermediate_size": 96, "rms_norm_eps": 1e-5, "hidden_act": "silu"}""";

    @TempDir
    private Path folder;

    @Test
    void fieldsAreReadUnderTheirOwnNames() throws IOException {
        Files.writeString(folder.resolve("config.json"), LLAMA);
        var config = ModelConfig.load(folder);
        assertThat(config.architecture()).isEqualTo("LlamaForCausalLM");
        assertThat(config.hiddenSize()).isEqualTo(64);
        assertThat(config.intermediateSize()).isEqualTo(96);
        assertThat(config.numHiddenLayers()).isEqualTo(2);
        assertThat(config.numAttentionHeads()).isEqualTo(4);
        assertThat(config.numKeyValueHeads()).isEqualTo(2);
        assertThat(config.headDim()).isEqualTo(16);
        assertThat(config.vocabSize()).isEqualTo(300);
        assertThat(config.maxPositionEmbeddings()).isEqualTo(128);
        assertThat(config.rmsNormEps()).isEqualTo(1e-5f);
        assertThat(config.rope()).isEqualTo(new RopeConfig.Default(10_000));
    }

    @Test
    void whatConfigJsonLeavesOutHasHuggingFacesDefaults() {
        var config = with("num_key_value_heads", null);
        assertThat(config.numKeyValueHeads()).isEqualTo(4);
        assertThat(config.tieWordEmbeddings()).isFalse();
        assertThat(config.attentionBias()).isFalse();
        assertThat(config.mlpBias()).isFalse();
        assertThat(config.dtype()).isEmpty();
        assertThat(config.eosTokenIds()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"architectures", "hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size", "max_position_embeddings"})
    void aMissingFieldIsNamedWithItsFile(String key) {
        assertThatThrownBy(() -> with(key, null)).isInstanceOf(ConfigException.class).hasMessage("config.json lacks '" + key + "', which is needed");
    }

    @Test
    void fieldsThatOnlySomeLayersNeedAreNamedWhenTheyAsk() {
        assertThatThrownBy(() -> with("intermediate_size", null).intermediateSize()).hasMessage("config.json lacks 'intermediate_size', which is needed");
        assertThatThrownBy(() -> with("rms_norm_eps", null).rmsNormEps()).hasMessage("config.json lacks 'rms_norm_eps', which is needed");
        assertThatThrownBy(() -> with("hidden_act", null).activation()).hasMessage("config.json lacks 'hidden_act', which is needed");
    }

    @Test
    void impossibleSizesAreNamedWithWhatWouldBeRight() {
        assertThatThrownBy(() -> with("architectures", List.of())).hasMessageContaining("architectures is []; it must be an array with the name");
        assertThatThrownBy(() -> with("hidden_size", 0)).hasMessage("config.json: hidden_size is 0; it must be at least 1");
        assertThatThrownBy(() -> with("num_hidden_layers", "two")).hasMessage("config.json: num_hidden_layers is \"two\"; it must be an integer");
        assertThatThrownBy(() -> with("num_key_value_heads", 3))
                .hasMessage("config.json: num_key_value_heads is 3; it must be a divisor of num_attention_heads, which is 4");
        assertThatThrownBy(() -> with("hidden_size", 66))
                .hasMessage("config.json: num_attention_heads is 4; it must be a divisor of hidden_size, which is 66, where there is no head_dim");
        assertThatThrownBy(() -> with("head_dim", 15)).hasMessage("config.json: the head dimension 15 is odd; rotary embedding needs an even one");
    }

    @Test
    void headDimNeedNotBeHiddenSizeOverHeads() {
        assertThat(with("head_dim", 128).headDim()).isEqualTo(128);
    }

    @Test
    void theDtypeIsReadUnderItsOldAndItsNewName() {
        assertThat(with("torch_dtype", "float16").dtype()).contains(DType.F16);
        assertThat(with("dtype", "bfloat16").dtype()).contains(DType.BF16);
        assertThatThrownBy(() -> with("torch_dtype", "float8").dtype())
                .hasMessage("config.json: torch_dtype is \"float8\"; it must be one of float32, float16, bfloat16");
    }

    @ParameterizedTest
    @ValueSource(strings = {"int32", "uint8"})
    void aDtypeThatNoModelComputesInIsRefused(String name) {
        assertThatThrownBy(() -> with("dtype", name).dtype()).hasMessage("config.json: dtype is \"" + name + "\"; it must be one of float32, float16, bfloat16");
    }

    @Test
    void endOfSequenceIsOneIdOrSeveral() {
        assertThat(with("eos_token_id", 2).eosTokenIds()).containsExactly(2);
        assertThat(with("eos_token_id", List.of(128001, 128008)).eosTokenIds()).containsExactly(128001, 128008);
        assertThatThrownBy(() -> with("eos_token_id", "</s>").eosTokenIds()).hasMessageContaining("eos_token_id is \"</s>\"");
    }

    @Test
    void anUnknownActivationIsAnError() {
        assertThat(with("hidden_act", "silu").activation()).isEqualTo(Activation.SILU);
        assertThat(with("hidden_act", "gelu").activation()).isEqualTo(Activation.GELU);
        assertThat(with("hidden_activation", "gelu_pytorch_tanh").activation()).isEqualTo(Activation.GELU_TANH);
        assertThat(ModelConfig.activation(JsonObject.parse("vision_config", "{\"hidden_act\": \"quick_gelu\"}"))).isEqualTo(Activation.QUICK_GELU);
        assertThatThrownBy(() -> with("hidden_act", "relu2").activation()).isInstanceOf(ConfigException.class)
                .hasMessage("config.json: hidden_act is \"relu2\"; it must be one of silu, gelu, gelu_pytorch_tanh, quick_gelu");
    }

    @Test
    void aFieldThatWouldChangeResultsIsAnErrorUnlessTheModelHandlesIt() {
        for (var field : Map.of("quantization_config", Map.of("quant_method", "gptq"), "sliding_window", 4096, "partial_rotary_factor", 0.5,
                "final_logit_softcapping", 30.0, "pretraining_tp", 2, "num_local_experts", 8, "alibi", true).entrySet()) {
            var config = with(field.getKey(), field.getValue());
            assertThatThrownBy(config::rejectUnsupported).isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith("config.json: " + field.getKey() + " is ")
                    .hasMessageEndingWith(", which LlamaForCausalLM here does not support and which would change its results");
            assertThatCode(() -> config.rejectUnsupported(field.getKey())).doesNotThrowAnyException();
        }
    }

    @Test
    void aFieldWithTheValueThatMeansUnusedIsNoError() {
        for (var field : Map.of("partial_rotary_factor", 1, "pretraining_tp", 1, "logit_scale", 1.0, "alibi", false).entrySet()) {
            assertThatCode(() -> with(field.getKey(), field.getValue()).rejectUnsupported()).as(field.getKey()).doesNotThrowAnyException();
        }
        assertThatCode(() -> with("sliding_window", null).rejectUnsupported()).doesNotThrowAnyException();
    }

    @Test
    void ropeIsReadInTheOldAndInTheNewStyle() {
        var llama3 = new RopeConfig.Llama3(500_000, 8, 1, 4, 64);
        var fields = Map.of("factor", 8.0, "low_freq_factor", 1.0, "high_freq_factor", 4.0, "original_max_position_embeddings", 64);
        assertThat(rope(500_000, "rope_scaling", fields, "rope_type", "llama3")).isEqualTo(llama3);
        assertThat(rope(500_000, "rope_scaling", fields, "type", "llama3")).isEqualTo(llama3);
        assertThat(rope(1, "rope_parameters", fields, "rope_type", "llama3", "rope_theta", 500_000)).isEqualTo(llama3);
        assertThat(rope(7000, "rope_scaling", Map.of(), "type", "linear", "factor", 4)).isEqualTo(new RopeConfig.Linear(7000, 4));
        assertThat(rope(7000, "rope_parameters", Map.of(), "rope_type", "dynamic", "factor", 2)).isEqualTo(new RopeConfig.Dynamic(7000, 2, 128));
        assertThat(rope(7000, "rope_parameters", Map.of(), "rope_type", "default")).isEqualTo(new RopeConfig.Default(7000));
        assertThat(rope(7000, "rope_scaling", Map.of(), "type", "yarn", "original_max_position_embeddings", 32))
                .isEqualTo(new RopeConfig.Yarn(7000, 4, 32, 1, 32, 0.1 * Math.log(4) + 1, true));
        assertThat(with("rope_scaling", null).rope()).isEqualTo(new RopeConfig.Default(10_000));
    }

    @Test
    void scalingOfPositionsLengthensTheContext() {
        assertThat(with("rope_scaling", Map.of("type", "linear", "factor", 4)).maxContextLength()).isEqualTo(512);
        assertThat(with("rope_scaling", Map.of("type", "dynamic", "factor", 2.5)).maxContextLength()).isEqualTo(320);
        assertThat(with("rope_scaling", null).maxContextLength()).isEqualTo(128);
    }

    @Test
    void anUnknownRopeTypeListsTheKnownOnes() {
        assertThatThrownBy(() -> rope(1, "rope_scaling", Map.of(), "rope_type", "xpos")).isInstanceOf(ConfigException.class)
                .hasMessage("config.json: rope_scaling.rope_type is \"xpos\"; it must be one of default, linear, dynamic, llama3, yarn, longrope");
    }

    @Test
    void whatRopeLacksOrHasWrongIsNamed() {
        assertThatThrownBy(() -> rope(1, "rope_scaling", Map.of(), "type", "linear")).hasMessage("config.json lacks 'rope_scaling.factor', which is needed");
        assertThatThrownBy(() -> rope(1, "rope_parameters", Map.of("factor", 8, "low_freq_factor", 1, "high_freq_factor", 4), "rope_type", "llama3"))
                .hasMessage("config.json lacks 'rope_parameters.original_max_position_embeddings', which is needed");
        assertThatThrownBy(() -> rope(1, "rope_scaling", Map.of(), "type", "linear", "factor", 0))
                .hasMessage("config.json: rope_scaling.factor is 0; it must be above 0");
        assertThatThrownBy(() -> rope(-1, "rope_scaling", Map.of(), "type", "linear", "factor", 2)).hasMessageContaining("rope_theta is -1; it must be above 0");
        assertThatThrownBy(() -> with("rope_scaling", "linear").rope()).hasMessageContaining("rope_scaling is \"linear\"; it must be an object");
        assertThatThrownBy(() -> rope(1, "rope_scaling", Map.of("short_factor", List.of(1), "long_factor", "x"), "type", "longrope"))
                .hasMessageContaining("rope_scaling.long_factor is \"x\"; it must be an array");
        assertThatThrownBy(() -> with("rope_parameters", Map.of("rope_type", "default", "partial_rotary_factor", 0.5)).rejectUnsupported())
                .hasMessageContaining("partial_rotary_factor is 0.5, which LlamaForCausalLM here does not support");
    }

    @Test
    void longRopeTakesItsFactorsAndItsOriginalContextFromWhereverTheyStand() {
        var factors = Map.of("short_factor", List.of(1, 1.5), "long_factor", List.of(2, 3));
        var expected = new RopeConfig.LongRope(7000, List.of(1.0, 1.5), List.of(2.0, 3.0), 32, Math.sqrt(1 + Math.log(4) / Math.log(32)));
        assertThat(rope(7000, "rope_scaling", factors, "type", "su", "original_max_position_embeddings", 32)).isEqualTo(expected);
        assertThat(rope(7000, "rope_parameters", factors, "rope_type", "longrope", "original_max_position_embeddings", 32)).isEqualTo(expected);
    }

    @Test
    void headsAreRotatedInPart() {
        assertThat(with("partial_rotary_factor", 0.5).rotaryDim(1)).isEqualTo(8);
        assertThat(with("rope_parameters", Map.of("partial_rotary_factor", 0.25)).rotaryDim(1)).isEqualTo(4);
        assertThat(with("rope_scaling", null).rotaryDim(0.75)).isEqualTo(12);
        assertThatThrownBy(() -> with("partial_rotary_factor", 0.1).rotaryDim(1)).hasMessageContaining("rotates 1 of 16");
        assertThatThrownBy(() -> with("partial_rotary_factor", 1.5).rotaryDim(1)).hasMessageContaining("partial_rotary_factor is 1.5");
    }

    @Test
    void layersSeeAWindowWhereTheirTypesOrTheFamilySaySo() {
        assertThat(with("sliding_window", 20).window(0, layer -> layer % 2 == 0)).isEqualTo(20);
        assertThat(with("sliding_window", 20).window(1, layer -> layer % 2 == 0)).isEqualTo(AttentionOptions.NO_WINDOW);
        assertThat(with("sliding_window", null).window(0, layer -> true)).isEqualTo(AttentionOptions.NO_WINDOW);
        var typed = with("layer_types", List.of("full_attention", "sliding_attention"));
        assertThat(typed.isSliding(0, layer -> true)).isFalse();
        assertThat(typed.isSliding(1, layer -> false)).isTrue();
        assertThat(with("sliding_window", 20).optionalWindow(0, layer -> true)).isEqualTo(AttentionOptions.NO_WINDOW);
        assertThatThrownBy(() -> with("layer_types", List.of("full_attention")).isSliding(0, layer -> true)).hasMessageContaining("layer_types has 1 entries");
        assertThatThrownBy(() -> with("layer_types", List.of("mamba", "mamba")).isSliding(0, layer -> true))
                .hasMessageContaining("it must be made of full_attention and sliding_attention");
    }

    @Test
    void rotationsDifferByLayerType() {
        var config = with("rope_parameters", Map.of("full_attention", Map.of("rope_type", "linear", "factor", 8, "rope_theta", 1e6),
                "sliding_attention", Map.of("rope_type", "default", "rope_theta", 1e4)));
        assertThat(config.rope(ModelConfig.FULL_ATTENTION)).isEqualTo(new RopeConfig.Linear(1e6, 8));
        assertThat(config.rope(ModelConfig.SLIDING_ATTENTION)).isEqualTo(new RopeConfig.Default(1e4));
        assertThat(config.maxContextLength()).isEqualTo(128);
    }

    private static RopeConfig rope(Number theta, String key, Map<String, ?> fields, Object... more) {
        var all = new TreeMap<String, Object>(fields);
        for (int i = 0; i < more.length; i += 2) {
            all.put((String) more[i], more[i + 1]);
        }
        return ModelConfig.of(JsonObject.parse("config.json", LLAMA).with(Map.of("rope_theta", theta, key, all))).rope();
    }

    private static ModelConfig with(String key, Object value) {
        return ModelConfig.of(JsonObject.parse("config.json", LLAMA).with(Collections.singletonMap(key, value)));
    }
}
