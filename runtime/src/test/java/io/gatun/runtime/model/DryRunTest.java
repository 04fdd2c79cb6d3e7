package io.gatun.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.AttentionOptions;
import io.gatun.kernels.Backend;
import io.gatun.kernels.Kernels;
import io.gatun.kernels.SamplingKernels;
import io.gatun.kernels.StepKernels;
import io.gatun.memory.CpuDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.batch.ForwardMode;
import io.gatun.runtime.cache.KvPool.KvShape;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.layers.LogitsOutput;
import io.gatun.runtime.weights.StepWorkspace;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DryRunTest {
    private static final int CONTEXT_LENGTH = 96;
    private static final ModelConfig CONFIG = ModelConfig.of(JsonObject.parse("config.json", """
            {"architectures": ["Any"], "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 10,
             "max_position_embeddings": 96}"""));

    private final CpuDevice device = new CpuDevice();

    @Test
    void stepsReachTheLargestSizeAlsoWhereOneRequestMayNotBeThatLong() {
        var batches = new ArrayList<ForwardBatch>();
        try (var workspace = new StepWorkspace(device); var weights = device.arena("weights", 0)) {
            CausalLm model = (inputIds, positions, batch) -> {
                batches.add(batch);
                return new LogitsOutput(workspace.allocateForStep(DType.F32, batch.size(), CONFIG.vocabSize()));
            };
            var loaded = new LoadedModel(CONFIG, model, DType.F32, CONTEXT_LENGTH, new KvShape(1, 2, 32, DType.F32), AttentionOptions.NO_WINDOW,
                    workspace, weights);
            new DryRun(new Backend(device, kernelsThatRunTheSteps()), loaded, 16, 300, Optional.empty(), Optional.empty())
                    .run(EngineOptions.builder(Path.of("any")).chunkedPrefillSize(1000).build());
        }
        var prefills = batches.stream().filter(b -> b.mode() == ForwardMode.EXTEND).toList();
        assertThat(prefills.stream().mapToLong(b -> b.inputIds().elements())).contains(1L, 64L, 512L, 1000L);
        assertThat(prefills).allSatisfy(b -> assertThat(b.attention().maxKvLen()).isLessThanOrEqualTo(CONTEXT_LENGTH));
        assertThat(batches.stream().filter(b -> b.mode() == ForwardMode.DECODE).mapToInt(ForwardBatch::size)).contains(1, 8, 24, 256, 300);
        assertThat(batches.stream().filter(b -> b.mode() == ForwardMode.DECODE)).allMatch(b -> b.attention().maxKvLen() == CONTEXT_LENGTH);
        assertThat(device.ledger().liveByArena()).isEmpty();
    }

    private Kernels kernelsThatRunTheSteps() {
        var sampling = (SamplingKernels) Proxy.newProxyInstance(Kernels.class.getClassLoader(), new Class<?>[] {SamplingKernels.class},
                (proxy, method, args) -> {
                    assertThat(((Tensor) args[1]).elements()).isEqualTo(((Tensor) args[0]).dim(0));
                    return null;
                });
        var step = (StepKernels) Proxy.newProxyInstance(Kernels.class.getClassLoader(), new Class<?>[] {StepKernels.class}, (proxy, method, args) -> null);
        return (Kernels) Proxy.newProxyInstance(Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, args) ->
                switch (method.getName()) {
                    case "prepare" -> {
                        ((Runnable) args[0]).run();
                        yield 0;
                    }
                    case "device" -> device;
                    case "sampling" -> sampling;
                    case "step" -> step;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}
