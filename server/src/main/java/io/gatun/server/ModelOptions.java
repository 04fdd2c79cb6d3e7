package io.gatun.server;

import io.gatun.kernels.DeviceChoice;
import io.gatun.kernels.Progress;
import io.gatun.memory.DType;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.EngineOptions.LoadFormat;
import io.gatun.runtime.scheduler.SchedulePolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that loads a model; named as SGLang's. */
public final class ModelOptions {
    /** Set by the launcher: the folder that the shipped sample lies in. */
    private static final String HOME_PROPERTY = "gatun.home";

    @Option(names = {"--model-path", "--model"}, paramLabel = "DIR",
            description = "Folder with config.json, safetensors and tokenizer.json. Default: the sample model that comes with Gatun.")
    private Path modelPath;

    @Mixin
    private ModelImplJars modelImplJars;

    @Option(names = "--device", defaultValue = "auto", description = "auto, cpu or cuda. Default: ${DEFAULT-VALUE}, a GPU if there is one.")
    private DeviceChoice device;

    @Option(names = "--dtype", defaultValue = "auto", paramLabel = "TYPE",
            description = "auto, bfloat16, float16 or float32. Default: ${DEFAULT-VALUE}, the checkpoint's own.")
    private String dtype;

    @Option(names = "--load-format", defaultValue = "auto", description = "auto, or dummy for random weights made from config.json alone.")
    private LoadFormat loadFormat;

    @Option(names = "--context-length", paramLabel = "N", description = "The longest sequence, in tokens. Default: what config.json allows.")
    private Optional<Integer> contextLength = Optional.empty();

    @Option(names = "--mem-fraction-static", paramLabel = "F",
            description = "Share of the GPU's memory for weights and KV cache. Default: all but a reserve that is computed.")
    private Optional<Double> memFractionStatic = Optional.empty();

    @Option(names = "--max-total-tokens", paramLabel = "N", description = "Tokens that the KV cache holds. Default: what fits.")
    private Optional<Long> maxTotalTokens = Optional.empty();

    @Option(names = "--page-size", paramLabel = "N", description = "Tokens in a page of the KV cache. Default: 64 on a GPU, 16 on the CPU.")
    private Optional<Integer> pageSize = Optional.empty();

    @Option(names = "--max-running-requests", paramLabel = "N", description = "Requests that are worked on at once. Default: what suits the device.")
    private Optional<Integer> maxRunningRequests = Optional.empty();

    @Option(names = "--chunked-prefill-size", defaultValue = "8192", paramLabel = "N",
            description = "The most tokens of prompts in one step. Default: ${DEFAULT-VALUE}.")
    private int chunkedPrefillSize;

    @Option(names = "--enable-mixed-chunk", description = "Decode in the steps that prefill, too.")
    private boolean enableMixedChunk;

    @Option(names = "--schedule-policy", defaultValue = "fcfs",
            description = "fcfs (first come, first served) or lpm (longest prefix match first). Default: ${DEFAULT-VALUE}.")
    private SchedulePolicy schedulePolicy;

    @Option(names = "--schedule-conservativeness", defaultValue = "1.0", paramLabel = "F",
            description = "More than 1 keeps more room for outputs, less than 1 less. Default: ${DEFAULT-VALUE}.")
    private double scheduleConservativeness;

    @Option(names = "--disable-radix-cache", description = "Share no prefixes between requests.")
    private boolean disableRadixCache;

    @Option(names = "--disable-overlap-schedule", description = "Handle a step's results before the next one is launched.")
    private boolean disableOverlapSchedule;

    @Option(names = "--disable-cuda-graph", description = "Launch the kernels of decode steps one by one.")
    private boolean disableCudaGraph;

    @Option(names = "--cuda-graph-max-bs", paramLabel = "N", description = "The largest batch that CUDA graphs are captured for. Default: 256.")
    private Optional<Integer> cudaGraphMaxBs = Optional.empty();

    @Option(names = "--enable-deterministic-inference", description = "The same bits for a request whatever shares its batch; somewhat slower.")
    private boolean enableDeterministicInference;

    @Option(names = "--mm-embedding-cache-size", paramLabel = "MIB",
            description = "MiB for the embeddings of pictures. Default: what two large pictures and a prefill step take; none for a model of text.")
    private Optional<Integer> mmEmbeddingCacheSize = Optional.empty();

    @Option(names = "--tool-call-parser", paramLabel = "NAME",
            description = "How the model writes tool calls: hermes, qwen25, llama3, mistral, qwen3_coder, gpt-oss or none. "
                    + "Default: what its chat template shows.")
    private Optional<String> toolCallParser = Optional.empty();

    @Option(names = "--reasoning-parser", paramLabel = "NAME",
            description = "How it writes what it thinks: qwen3, qwen3-thinking, deepseek-r1, glm45, mistral, kimi, gpt-oss or none. Default: what its chat "
                    + "template shows.")
    private Optional<String> reasoningParser = Optional.empty();

    @Option(names = "--random-seed", paramLabel = "N", description = "For requests that give no seed. Default: a different one each time.")
    private Optional<Long> randomSeed = Optional.empty();

    /** The options as the engine takes them. */
    public EngineOptions toEngineOptions(Progress progress) {
        try {
            return toEngineOptionsBuilder(progress).build();
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage());
        }
    }

    /** The same, to be added to. */
    EngineOptions.Builder toEngineOptionsBuilder(Progress progress) {
        modelImplJars.register();
        try {
            var options = EngineOptions.builder(modelPath()).device(device).loadFormat(loadFormat).chunkedPrefillSize(chunkedPrefillSize)
                    .enableMixedChunk(enableMixedChunk).schedulePolicy(schedulePolicy).scheduleConservativeness(scheduleConservativeness)
                    .disableRadixCache(disableRadixCache).disableCudaGraph(disableCudaGraph)
                    .enableDeterministicInference(enableDeterministicInference).progress(progress);
            if (!dtype.equals("auto")) {
                options.dtype(DType.ofTorchName(dtype));
            }
            if (disableOverlapSchedule) {
                options.disableOverlapSchedule(true);
            }
            set(contextLength, options::contextLength);
            set(memFractionStatic, options::memFractionStatic);
            set(maxTotalTokens, options::maxTotalTokens);
            set(pageSize, options::pageSize);
            set(maxRunningRequests, options::maxRunningRequests);
            set(cudaGraphMaxBs, options::cudaGraphMaxBs);
            set(mmEmbeddingCacheSize.map(mebibytes -> (long) mebibytes << 20), options::mmEmbeddingCacheBytes);
            set(toolCallParser, options::toolCallParser);
            set(reasoningParser, options::reasoningParser);
            set(randomSeed, options::randomSeed);
            return options;
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

    private static <T> void set(Optional<T> value, Consumer<T> option) {
        value.ifPresent(option);
    }
}
