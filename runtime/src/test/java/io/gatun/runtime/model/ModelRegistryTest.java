package io.gatun.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import org.junit.jupiter.api.Test;

class ModelRegistryTest {
    private static final ModelFactory FACTORY = (config, weights) -> (ids, positions, batch) -> {
        throw new UnsupportedOperationException();
    };

    @Test
    void aRegisteredModelIsFoundAndAnUnknownOneListsTheSupported() {
        ModelRegistry.register("RegisteredForTest", FACTORY);
        assertThat(ModelRegistry.find(config("RegisteredForTest"))).isSameAs(FACTORY);
        assertThat(ModelRegistry.models()).containsEntry("RegisteredForTest", FACTORY);
        assertThatThrownBy(() -> ModelRegistry.find(config("MambaForCausalLM"))).isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("config.json: architecture 'MambaForCausalLM' is not supported; supported are ")
                .hasMessageContaining("RegisteredForTest");
    }

    @Test
    void aNameCanBeTakenOnlyOnce() {
        ModelRegistry.register("TwiceForTest", FACTORY);
        assertThatThrownBy(() -> ModelRegistry.register("TwiceForTest", FACTORY)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is a model called 'TwiceForTest' already");
    }

    @Test
    void theListOfModelsIsACopy() {
        ModelRegistry.models().put("Smuggled", FACTORY);
        assertThat(ModelRegistry.models()).doesNotContainKey("Smuggled");
    }

    private static ModelConfig config(String architecture) {
        return ModelConfig.of(JsonObject.parse("config.json", """
                {"architectures": ["%s"], "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4, "vocab_size": 8,
                 "max_position_embeddings": 16}""".formatted(architecture)));
    }
}
