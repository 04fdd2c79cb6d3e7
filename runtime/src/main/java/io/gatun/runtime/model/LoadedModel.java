package io.gatun.runtime.model;

import io.gatun.kernels.Backend;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Owner;
import io.gatun.memory.TensorArena;
import io.gatun.runtime.cache.KvPool.KvShape;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.weights.CheckpointLoader;
import io.gatun.runtime.weights.DummyLoader;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.SafetensorsCheckpoint;
import io.gatun.runtime.weights.StepWorkspace;
import io.gatun.runtime.weights.WeightLoader;
import java.util.Optional;
import java.util.function.Function;

/**
 * A model whose weights are on the device, with the memory they and a step take.
 *
 * @param dtype the dtype of the weights
 * @param contextLength the longest sequence in tokens
 * @param kvShape what the cache keeps of a token
 * @param window how many tokens before a new one some layer sees
 */
record LoadedModel(ModelConfig config, CausalLm model, DType dtype, int contextLength, KvShape kvShape, int window, StepWorkspace workspace,
        TensorArena weights) {

    static LoadedModel load(ModelConfig config, ModelEntry entry, Backend backend, EngineOptions options, Owner owner) {
        return switch (options.loadFormat()) {
            case DUMMY -> {
                var dtype = options.dtype().or(config::dtype).orElse(DType.BF16);
                yield build(config, entry, backend, options, owner, dtype, 0, context -> new DummyLoader(context, dtype));
            }
            case AUTO -> {
                try (var checkpoint = SafetensorsCheckpoint.open(options.modelPath())) {
                    var dtype = options.dtype().or(config::dtype).orElseGet(checkpoint::dtype);
                    if (backend.device() instanceof CudaDevice gpu) {
                        long bytes = CheckpointLoader.totalBytes(checkpoint) / checkpoint.dtype().bytes() * dtype.bytes();
                        MemoryPlan.requireRoomForWeights(gpu.name(), gpu.freeBytes(), bytes, dtype);
                    }
                    var conversion = backend.kernels().activationType(dtype) == dtype ? Optional.of(dtype) : options.dtype();
                    yield build(config, entry, backend, options, owner, dtype, CheckpointLoader.blockBytes(checkpoint),
                            context -> new CheckpointLoader(checkpoint, conversion, context, options.progress()));
                }
            }
        };
    }

    private static LoadedModel build(ModelConfig config, ModelEntry entry, Backend backend, EngineOptions options, Owner owner, DType dtype,
            long blockBytes, Function<LayerContext, WeightLoader> loaders) {
        int contextLength = contextLength(config, options);
        var activationType = backend.kernels().activationType(dtype);
        var weights = owner.own(backend.device().arena("weights", blockBytes));
        var workspace = owner.own(new StepWorkspace(backend.device()));
        var context = new LayerContext(backend.kernels(), workspace, weights, activationType, contextLength);
        var loader = loaders.apply(context);
        var model = entry.create(config, loader.root());
        loader.finish();
        return new LoadedModel(config, model, dtype, contextLength, model.kvShape(config, activationType), context.visibility().window(), workspace, weights);
    }

    private static int contextLength(ModelConfig config, EngineOptions options) {
        int allowed = config.maxContextLength();
        int wanted = options.contextLength().orElse(allowed);
        if (wanted < 1 || wanted > allowed) {
            throw new ConfigException("context length is " + wanted + "; " + config.json().source() + " allows 1 to " + allowed + " tokens");
        }
        return wanted;
    }
}
