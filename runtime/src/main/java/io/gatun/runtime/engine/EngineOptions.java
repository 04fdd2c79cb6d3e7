package io.gatun.runtime.engine;

import io.gatun.kernels.DeviceChoice;
import io.gatun.kernels.Progress;
import io.gatun.memory.DType;
import io.gatun.runtime.chat.answer.AnswerFormat;
import io.gatun.runtime.multimodal.decode.PictureLimits;
import io.gatun.runtime.multimodal.source.ImageLoader;
import io.gatun.runtime.scheduler.SchedulePolicy;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How a model is loaded and run; SGLang's server arguments in Java case.
 *
 * @param modelPath the folder with config.json, weights and tokenizer.json
 * @param device where to run
 * @param dtype what weights are converted to; empty for the checkpoint's own
 * @param loadFormat where weights come from
 * @param contextLength the longest sequence in tokens; empty for what config.json allows
 * @param memFractionStatic the share of the GPU's memory for all but what is allocated after the KV cache; empty for what that needs
 * @param maxTotalTokens tokens that the KV cache holds; empty for what fits
 * @param pageSize tokens in a page of the KV cache, a power of two; empty for what suits the device
 * @param chunkedPrefillSize the most tokens in a prefill step
 * @param maxRunningRequests the most requests at once; empty for what suits the device
 * @param maxQueuedRequests how many requests may wait beyond those that are worked on, before more are refused; empty for any number
 * @param enableMixedChunk whether running requests decode in the steps of prompts, too
 * @param schedulePolicy in which order requests are admitted
 * @param scheduleConservativeness more than 1 keeps more room in the cache for outputs, less than 1 less
 * @param disableRadixCache whether no prefixes are shared
 * @param disableOverlapSchedule whether a step's results are handled before the next one is launched; empty for what suits the device
 * @param randomSeed what the seeds of requests without one are drawn from; empty for a different one each time
 * @param disableCudaGraph whether decode steps on a GPU are launched kernel by kernel
 * @param cudaGraphMaxBs the largest batch that is decoded by a CUDA graph
 * @param enableDeterministicInference whether a request gets the same bits whatever shares its batch and whatever was cached; on the CPU it always does
 * @param mmEmbeddingCacheBytes memory for embeddings of pictures; empty for what two large pictures and a prefill step take, and none for a model of text
 * @param imageLoader gets the pictures of requests, and says what they may cost and where they may come from; it is closed by whoever made it
 * @param toolCallParser how the model writes tool calls, by SGLang's names, or {@code none}; empty for what its chat template shows
 * @param reasoningParser how the model writes what it thinks, by SGLang's names, or {@code none}; empty for what its chat template shows
 * @param progress told of loading and compiling
 */
public record EngineOptions(Path modelPath, DeviceChoice device, Optional<DType> dtype, LoadFormat loadFormat, OptionalInt contextLength,
        OptionalDouble memFractionStatic, OptionalLong maxTotalTokens, OptionalInt pageSize, int chunkedPrefillSize, OptionalInt maxRunningRequests,
        OptionalInt maxQueuedRequests, boolean enableMixedChunk, SchedulePolicy schedulePolicy, double scheduleConservativeness, boolean disableRadixCache,
        Optional<Boolean> disableOverlapSchedule, OptionalLong randomSeed, boolean disableCudaGraph, int cudaGraphMaxBs, boolean enableDeterministicInference,
        OptionalLong mmEmbeddingCacheBytes, ImageLoader imageLoader, Optional<String> toolCallParser, Optional<String> reasoningParser, Progress progress) {

    private static final int MAX_PREFILL_SIZE = 1 << 20;
    private static final int MOST_RUNNING_REQUESTS = 1 << 16;
    private static final int LARGEST_GRAPH = 512;

    /** Where weights come from. */
    public enum LoadFormat {
        /** The safetensors files of the model's folder. */
        AUTO,
        /** Random numbers; only config.json is read. */
        DUMMY
    }

    public EngineOptions {
        if (dtype.isPresent() && !dtype.get().isFloat()) {
            throw new IllegalArgumentException("dtype is " + dtype.get().torchName() + "; it must be float32, float16 or bfloat16");
        }
        if (pageSize.isPresent() && (pageSize.getAsInt() < 1 || pageSize.getAsInt() > 128 || Integer.bitCount(pageSize.getAsInt()) != 1)) {
            throw new IllegalArgumentException("page size is " + pageSize.getAsInt() + "; it must be a power of two from 1 to 128");
        }
        if (memFractionStatic.isPresent() && !(memFractionStatic.getAsDouble() > 0 && memFractionStatic.getAsDouble() < 1)) {
            throw new IllegalArgumentException("mem fraction is " + memFractionStatic.getAsDouble() + "; it must lie between 0 and 1");
        }
        if (maxTotalTokens.isPresent() && maxTotalTokens.getAsLong() < 1) {
            throw new IllegalArgumentException("max total tokens is " + maxTotalTokens.getAsLong() + "; it must be at least 1");
        }
        if (contextLength.isPresent() && contextLength.getAsInt() < 1) {
            throw new IllegalArgumentException("context length is " + contextLength.getAsInt() + "; it must be at least 1");
        }
        if (chunkedPrefillSize < 1 || chunkedPrefillSize > MAX_PREFILL_SIZE) {
            throw new IllegalArgumentException("chunked prefill size is " + chunkedPrefillSize + "; it must be 1 to " + MAX_PREFILL_SIZE);
        }
        if (maxRunningRequests.isPresent() && (maxRunningRequests.getAsInt() < 1 || maxRunningRequests.getAsInt() > MOST_RUNNING_REQUESTS)) {
            throw new IllegalArgumentException("max running requests is " + maxRunningRequests.getAsInt() + "; it must be 1 to " + MOST_RUNNING_REQUESTS);
        }
        if (maxQueuedRequests.isPresent() && maxQueuedRequests.getAsInt() < 0) {
            throw new IllegalArgumentException("max queued requests is " + maxQueuedRequests.getAsInt() + "; it must be at least 0");
        }
        if (!(scheduleConservativeness > 0 && scheduleConservativeness < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("schedule conservativeness is " + scheduleConservativeness + "; it must be above 0");
        }
        if (disableRadixCache && schedulePolicy == SchedulePolicy.LPM) {
            throw new IllegalArgumentException("schedule policy is lpm, which orders requests by the prefix cache, but the radix cache is disabled; use fcfs");
        }
        AnswerFormat.of(toolCallParser, reasoningParser, Optional.empty());
        if (cudaGraphMaxBs < 1 || cudaGraphMaxBs > LARGEST_GRAPH) {
            throw new IllegalArgumentException("CUDA graph max bs is " + cudaGraphMaxBs + "; it must be 1 to " + LARGEST_GRAPH);
        }
    }

    /** Options for a model folder, all others at their defaults. */
    public static Builder builder(Path modelPath) {
        return new Builder(modelPath);
    }

    /** Collects options. */
    public static final class Builder {
        private final Path modelPath;
        private DeviceChoice device = DeviceChoice.AUTO;
        private Optional<DType> dtype = Optional.empty();
        private LoadFormat loadFormat = LoadFormat.AUTO;
        private OptionalInt contextLength = OptionalInt.empty();
        private OptionalDouble memFractionStatic = OptionalDouble.empty();
        private OptionalLong maxTotalTokens = OptionalLong.empty();
        private OptionalInt pageSize = OptionalInt.empty();
        private int chunkedPrefillSize = 8192;
        private OptionalInt maxRunningRequests = OptionalInt.empty();
        private OptionalInt maxQueuedRequests = OptionalInt.empty();
        private boolean enableMixedChunk;
        private SchedulePolicy schedulePolicy = SchedulePolicy.FCFS;
        private double scheduleConservativeness = 1;
        private boolean disableRadixCache;
        private Optional<Boolean> disableOverlapSchedule = Optional.empty();
        private OptionalLong randomSeed = OptionalLong.empty();
        private boolean disableCudaGraph;
        private int cudaGraphMaxBs = 256;
        private boolean enableDeterministicInference;
        private OptionalLong mmEmbeddingCacheBytes = OptionalLong.empty();
        private ImageLoader imageLoader = ImageLoader.offline(PictureLimits.DEFAULT);
        private Optional<String> toolCallParser = Optional.empty();
        private Optional<String> reasoningParser = Optional.empty();
        private Progress progress = Progress.NONE;

        private Builder(Path modelPath) {
            this.modelPath = modelPath;
        }

        public Builder device(DeviceChoice value) {
            device = value;
            return this;
        }

        public Builder dtype(DType value) {
            dtype = Optional.of(value);
            return this;
        }

        public Builder loadFormat(LoadFormat value) {
            loadFormat = value;
            return this;
        }

        public Builder contextLength(int value) {
            contextLength = OptionalInt.of(value);
            return this;
        }

        public Builder memFractionStatic(double value) {
            memFractionStatic = OptionalDouble.of(value);
            return this;
        }

        public Builder maxTotalTokens(long value) {
            maxTotalTokens = OptionalLong.of(value);
            return this;
        }

        public Builder pageSize(int value) {
            pageSize = OptionalInt.of(value);
            return this;
        }

        public Builder chunkedPrefillSize(int value) {
            chunkedPrefillSize = value;
            return this;
        }

        public Builder maxRunningRequests(int value) {
            maxRunningRequests = OptionalInt.of(value);
            return this;
        }

        public Builder maxQueuedRequests(int value) {
            maxQueuedRequests = OptionalInt.of(value);
            return this;
        }

        public Builder enableMixedChunk(boolean value) {
            enableMixedChunk = value;
            return this;
        }

        public Builder schedulePolicy(SchedulePolicy value) {
            schedulePolicy = value;
            return this;
        }

        public Builder scheduleConservativeness(double value) {
            scheduleConservativeness = value;
            return this;
        }

        public Builder disableRadixCache(boolean value) {
            disableRadixCache = value;
            return this;
        }

        public Builder disableOverlapSchedule(boolean value) {
            disableOverlapSchedule = Optional.of(value);
            return this;
        }

        public Builder randomSeed(long value) {
            randomSeed = OptionalLong.of(value);
            return this;
        }

        public Builder disableCudaGraph(boolean value) {
            disableCudaGraph = value;
            return this;
        }

        public Builder cudaGraphMaxBs(int value) {
            cudaGraphMaxBs = value;
            return this;
        }

        public Builder enableDeterministicInference(boolean value) {
            enableDeterministicInference = value;
            return this;
        }

        public Builder mmEmbeddingCacheBytes(long value) {
            mmEmbeddingCacheBytes = OptionalLong.of(value);
            return this;
        }

        /** What gets pictures; by default nothing over a network. */
        public Builder imageLoader(ImageLoader value) {
            imageLoader = value;
            return this;
        }

        public Builder toolCallParser(String value) {
            toolCallParser = Optional.of(value);
            return this;
        }

        public Builder reasoningParser(String value) {
            reasoningParser = Optional.of(value);
            return this;
        }

        public Builder progress(Progress value) {
            progress = value;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException naming an option that is out of range
         */
        public EngineOptions build() {
            return new EngineOptions(modelPath, device, dtype, loadFormat, contextLength, memFractionStatic, maxTotalTokens, pageSize,
                    chunkedPrefillSize, maxRunningRequests, maxQueuedRequests, enableMixedChunk, schedulePolicy, scheduleConservativeness, disableRadixCache,
                    disableOverlapSchedule, randomSeed, disableCudaGraph, cudaGraphMaxBs,
                    enableDeterministicInference, mmEmbeddingCacheBytes, imageLoader, toolCallParser, reasoningParser, progress);
        }
    }
}
