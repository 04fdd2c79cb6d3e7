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
        assertThat(ModelRegistry.find(config("RegisteredForTest").json()).factory()).isSameAs(FACTORY);
        assertThat(ModelRegistry.models().get("RegisteredForTest").family()).isEqualTo("Registered");
        assertThatThrownBy(() -> ModelRegistry.find(config("MambaForCausalLM").json())).isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("config.json: architecture 'MambaForCausalLM' is not supported; supported are ")
                .hasMessageContaining("RegisteredForTest");
    }

    @Test
    void aNameCanBeTakenOnlyOnce() {
        ModelRegistry.register("TwiceForTest", FACTORY);
        assertThatThrownBy(() -> ModelRegistry.register("TwiceForTest", FACTORY)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is a model called 'TwiceForTest' already, from test-classes; ModelRegistry.override puts another in its place");
    }

    @Test
    void aModelIsReplacedOnlyWhenAsked() {
        ModelFactory other = (config, weights) -> {
            throw new UnsupportedOperationException();
        };
        ModelRegistry.register("ReplacedForTest", FACTORY);
        ModelRegistry.override("ReplacedForTest", other);
        assertThat(ModelRegistry.find(config("ReplacedForTest").json()).factory()).isSameAs(other);
    }

    @Test
    void theFirstKnownArchitectureIsTaken() {
        ModelRegistry.register("SecondForTest", FACTORY);
        assertThat(ModelRegistry.find(config("UnknownForTest\", \"SecondForTest").json()).architecture()).isEqualTo("SecondForTest");
    }

    @Test
    void aFactoryThatThrowsIsNamed() {
        var entry = new ModelEntry("BrokenForTest", (config, weights) -> {
            throw new ArrayIndexOutOfBoundsException("7");
        }, "broken.jar");
        assertThatThrownBy(() -> entry.create(config("BrokenForTest"), null)).isInstanceOf(ConfigException.class)
                .hasMessage("the model 'BrokenForTest' of broken.jar failed to be made: java.lang.ArrayIndexOutOfBoundsException: 7");
        var old = new ModelEntry("OldForTest", (config, weights) -> {
            throw new NoSuchMethodError("gone");
        }, "old.jar");
        assertThatThrownBy(() -> old.create(config("OldForTest"), null)).isInstanceOf(ConfigException.class)
                .hasMessageContaining("the model 'OldForTest' of old.jar was built for another version of Gatun: java.lang.NoSuchMethodError: gone");
    }

    @Test
    void theListOfModelsIsACopy() {
        ModelRegistry.models().put("Smuggled", new ModelEntry("Smuggled", FACTORY, "nowhere"));
        assertThat(ModelRegistry.models()).doesNotContainKey("Smuggled");
    }

    private static ModelConfig config(String architecture) {
        return ModelConfig.of(JsonObject.parse("config.json", """
                {"architectures": ["%s"], "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4, "vocab_size": 8,
                 "max_position_embeddings": 16}""".formatted(architecture)));
    }
}
