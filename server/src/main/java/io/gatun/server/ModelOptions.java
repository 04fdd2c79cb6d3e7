package io.gatun.server;

import io.gatun.kernels.DeviceChoice;
import io.gatun.kernels.Progress;
import io.gatun.memory.DType;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.EngineOptions.LoadFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import picocli.CommandLine.Option;

/** The options of every command that loads a model; named as SGLang's. */
public final class ModelOptions {
    /** Set by the launcher: the folder that the shipped sample lies in. */
    private static final String HOME_PROPERTY = "gatun.home";

    @Option(names = {"--model-path", "--model"}, paramLabel = "DIR",
            description = "Folder with config.json, safetensors and tokenizer.json. Default: the sample model that comes with Gatun.")
    private Path modelPath;

    @Option(names = "--device", defaultValue = "auto", description = "auto, cpu or cuda. Default: ${DEFAULT-VALUE}, a GPU if there is one.")
    private DeviceChoice device;

    @Option(names = "--dtype", defaultValue = "auto", paramLabel = "TYPE",
            description = "auto, bfloat16, float16 or float32. Default: ${DEFAULT-VALUE}, the checkpoint's own.")
    private String dtype;

    @Option(names = "--load-format", defaultValue = "auto", description = "auto, or dummy for random weights made from config.json alone.")
    private LoadFormat loadFormat;

    @Option(names = "--context-length", paramLabel = "N", description = "The longest sequence, in tokens. Default: what config.json allows.")
    private Integer contextLength;

    @Option(names = "--mem-fraction-static", paramLabel = "F",
            description = "Share of the GPU's memory for weights and KV cache. Default: all but what steps and CUDA graphs need.")
    private Double memFractionStatic;

    @Option(names = "--max-total-tokens", paramLabel = "N", description = "Tokens that the KV cache holds. Default: what fits.")
    private Long maxTotalTokens;

    @Option(names = "--page-size", paramLabel = "N", description = "Tokens in a page of the KV cache. Default: 64 on a GPU, 16 on the CPU.")
    private Integer pageSize;

    @Option(names = "--chunked-prefill-size", defaultValue = "8192", paramLabel = "N",
            description = "The most tokens in one prefill step. Default: ${DEFAULT-VALUE}.")
    private int chunkedPrefillSize;

    @Option(names = "--max-running-requests", paramLabel = "N",
            description = "The most requests that run at once. Default: 2048 to 4096 on a GPU, by its memory, 256 on the CPU.")
    private Integer maxRunningRequests;

    @Option(names = "--disable-cuda-graph", description = "Launch decode steps kernel by kernel.")
    private boolean disableCudaGraph;

    @Option(names = "--cuda-graph-max-bs", defaultValue = "256", paramLabel = "N",
            description = "The largest batch that is decoded by a CUDA graph. Default: ${DEFAULT-VALUE}.")
    private int cudaGraphMaxBs;

    @Option(names = "--enable-deterministic-inference",
            description = "Give a request the same bits whatever shares its batch and whatever was cached. Always so on the CPU; slower on a GPU.")
    private boolean enableDeterministicInference;

    /** The options as the engine takes them. */
    public EngineOptions toEngineOptions(Progress progress) {
        try {
            return new EngineOptions(modelPath(), device, dtype(), loadFormat, optional(contextLength),
                    memFractionStatic == null ? OptionalDouble.empty() : OptionalDouble.of(memFractionStatic),
                    maxTotalTokens == null ? OptionalLong.empty() : OptionalLong.of(maxTotalTokens), optional(pageSize), chunkedPrefillSize,
                    optional(maxRunningRequests), disableCudaGraph, cudaGraphMaxBs, enableDeterministicInference, progress);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage());
        }
    }

    /** The model's folder. */
    public Path modelPath() {
        var path = modelPath != null ? modelPath : Path.of(System.getProperty(HOME_PROPERTY, "."), "models", "samples", "llama");
        if (!Files.isDirectory(path)) {
            throw new UsageException("model path " + path + " is not a folder");
        }
        return path;
    }

    private static OptionalInt optional(Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private Optional<DType> dtype() {
        return dtype.equals("auto") ? Optional.empty() : Optional.of(DType.ofTorchName(dtype));
    }
}
