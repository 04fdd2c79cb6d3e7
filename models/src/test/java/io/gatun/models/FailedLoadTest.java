package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.memory.MemoryLedger;
import io.gatun.memory.OutOfMemoryException;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.model.ModelRegistry;
import io.gatun.runtime.weights.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What does not fit is named, and nothing of it stays: no device memory, no mapped file, no thread. */
class FailedLoadTest {
    private static final String NAME = "llama-mha-f32";
    private static final String SPY = "LlamaThatTellsItsLedger";
    private static final List<MemoryLedger> LEDGERS = new ArrayList<>();

    private final Set<Thread> threadsBefore = Thread.getAllStackTraces().keySet();

    @TempDir
    private Path folder;

    @BeforeAll
    static void register() {
        ModelRegistry.register(SPY, (config, weights) -> {
            LEDGERS.add(weights.context().constants().device().ledger());
            return new LlamaForCausalLM(config, weights);
        });
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        assertThat(LEDGERS).allSatisfy(ledger -> assertThat(ledger.liveByArena()).isEmpty());
        var maps = Path.of("/proc/self/maps");
        if (Files.exists(maps)) {
            assertThat(Files.readAllLines(maps)).noneMatch(line -> line.contains(folder.toString()));
        }
        for (var thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("gatun") && !threadsBefore.contains(thread)) {
                thread.join(2000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }

    @Test
    void anUnknownArchitectureListsTheSupportedOnes() throws IOException {
        copy(config -> config.putArray("architectures").add("GrokForCausalLM"));
        assertThatThrownBy(this::load).isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(folder.resolve("config.json") + ": architecture 'GrokForCausalLM' is not supported; supported are ")
                .hasMessageContaining("LlamaForCausalLM");
    }

    @Test
    void aMissingWeightIsNamed() throws IOException {
        spied(config -> config.put("num_hidden_layers", 3));
        refused(CheckpointException.class, folder + " lacks the tensor 'model.layers.2.self_attn.q_proj.weight' of shape [32, 64], which the model needs");
    }

    @Test
    void weightsThatNobodyTakesAreNamed() throws IOException {
        spied(config -> config.put("num_hidden_layers", 1));
        refused(CheckpointException.class, folder + " holds 9 tensors that the model does not use: model.layers.1.input_layernorm.weight, ");
    }

    @Test
    void aWeightOfOtherShapeIsNamed() throws IOException {
        spied(config -> config.put("vocab_size", 300));
        refused(CheckpointException.class,
                folder.resolve("model.safetensors") + ": tensor 'model.embed_tokens.weight' has shape [259, 64]; by config.json it must be [300, 64]");
    }

    @Test
    void aTruncatedFileIsNamed() throws IOException {
        spied(config -> { });
        byte[] whole = Files.readAllBytes(folder.resolve("model.safetensors"));
        Files.write(folder.resolve("model.safetensors"), Arrays.copyOf(whole, whole.length - 100));
        refused(CheckpointException.class, folder.resolve("model.safetensors") + " is truncated: tensor ");
    }

    @Test
    void aConfigurationThatTheModelCannotDoIsNamed() throws IOException {
        spied(config -> config.put("hidden_act", "relu"));
        refused(ConfigException.class, folder.resolve("config.json") + ": hidden_act is \"relu\"; it must be one of silu");
        change(config -> config.put("hidden_act", "silu").putObject("quantization_config").put("quant_method", "awq"));
        refused(ConfigException.class, folder.resolve("config.json") + ": quantization_config is {\"quant_method\":\"awq\"}, which " + SPY);
    }

    @Test
    void aTokenizerWithMoreTokensThanTheModelIsNamed() throws IOException {
        spied(config -> { });
        Checkpoints.writeTokenizer(folder, 400);
        refused(ConfigException.class, folder.resolve("tokenizer.json") + " has ids up to 399, but vocab_size in " + folder.resolve("config.json") + " is 259");
    }

    @Test
    void aBadGenerationConfigIsNamed() throws IOException {
        spied(config -> { });
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": \"</s>\"}");
        refused(ConfigException.class, folder.resolve("generation_config.json") + ": eos_token_id is \"</s>\"");
        Files.delete(folder.resolve("generation_config.json"));
        change(config -> config.put("eos_token_id", "</s>"));
        refused(ConfigException.class, folder.resolve("config.json") + ": eos_token_id is \"</s>\"");
    }

    @Test
    void aCacheThatDoesNotFitSaysWhatWould() throws IOException {
        spied(config -> { });
        assertThatThrownBy(() -> load(options -> options.maxTotalTokens(1L << 40))).isInstanceOf(OutOfMemoryException.class)
                .hasMessageStartingWith("a KV cache of 1099511627776 tokens takes ").hasMessageContaining(" are left for it on cpu after loading: room for ");
        assertThat(LEDGERS).isNotEmpty();
    }

    @Test
    void aFolderWithoutConfigJsonIsNamed() {
        assertThatThrownBy(this::load).isInstanceOf(ConfigException.class).hasMessage(folder.resolve("config.json") + " does not exist");
    }

    private void refused(Class<? extends Exception> type, String message) {
        assertThatThrownBy(this::load).isInstanceOf(type).hasMessageStartingWith(message);
    }

    private void load() {
        load(UnaryOperator.identity());
    }

    private void load(UnaryOperator<EngineOptions.Builder> change) {
        Engine.load(change.apply(Checkpoints.onCpu(folder)).build()).close();
    }

    private void spied(Consumer<ObjectNode> change) throws IOException {
        copy(config -> {
            config.putArray("architectures").add(SPY);
            change.accept(config);
        });
    }

    private void copy(Consumer<ObjectNode> change) throws IOException {
        Checkpoints.copy(NAME, folder, change);
    }

    private void change(Consumer<ObjectNode> change) throws IOException {
        Checkpoints.change(folder, change);
    }
}
