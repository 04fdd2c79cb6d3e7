package io.gatun.runtime.engine;

import io.gatun.memory.MemoryLedger;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.engine.GenerationResult.FinishReason;
import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.sampling.GenerationConfig;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

/**
 * A model that answers prompts: {@code try (var engine = Engine.load(path)) { engine.generate(...) }}. One thread of its own drives the device; any
 * thread may call, and calls are served one after the other.
 */
public final class Engine implements AutoCloseable {
    private final ExecutorService thread;
    private final ModelRunner runner;
    private final Optional<Tokenizer> tokenizer;
    private final Set<Integer> eosIds;

    private Engine(ExecutorService thread, ModelRunner runner, Optional<Tokenizer> tokenizer, Set<Integer> eosIds) {
        this.thread = thread;
        this.runner = runner;
        this.tokenizer = tokenizer;
        this.eosIds = eosIds;
    }

    /** Loads the model in a folder, on a GPU if there is one. */
    public static Engine load(Path modelPath) {
        return load(EngineOptions.builder(modelPath).build());
    }

    /**
     * Loads a model.
     *
     * @throws ConfigException if config.json, the tokenizer or an option does not fit
     * @throws io.gatun.runtime.weights.CheckpointException if the weights do not fit
     * @throws io.gatun.memory.OutOfMemoryException if the device is too small
     */
    public static Engine load(EngineOptions options) {
        var modelPath = options.modelPath();
        var config = ModelConfig.load(modelPath);
        var tokenizer = Files.exists(modelPath.resolve("tokenizer.json")) ? Optional.of(Tokenizer.fromDirectory(modelPath)) : Optional.<Tokenizer>empty();
        tokenizer.ifPresent(found -> requireFits(found, modelPath, config));
        var eosIds = GenerationConfig.load(modelPath, config).eosIds();
        var thread = Executors.newSingleThreadExecutor(Thread.ofPlatform().name("gatun-engine").daemon().factory());
        try {
            return new Engine(thread, result(thread.submit(() -> ModelRunner.load(options))), tokenizer, eosIds);
        } catch (RuntimeException | Error e) {
            thread.shutdown();
            throw e;
        }
    }

    /**
     * Continues texts.
     *
     * @param prompts taken as they are, no chat template applied
     * @return a result for each prompt, in order
     * @throws RequestException if a prompt is too long, or the batch is too large
     * @throws IllegalStateException if the engine is closed
     */
    public List<GenerationResult> generate(List<String> prompts, SamplingParams params) {
        return generateIds(prompts.stream().map(requireTokenizer()::encode).toList(), params);
    }

    /** Continues token ids. */
    public List<GenerationResult> generateIds(List<int[]> prompts, SamplingParams params) {
        if (prompts.isEmpty()) {
            return List.of();
        }
        try {
            return result(thread.submit(() -> run(prompts, params)));
        } catch (RejectedExecutionException e) {
            throw new IllegalStateException("the engine is closed", e);
        }
    }

    /** The model's tokenizer, where its folder has one. */
    public Optional<Tokenizer> tokenizer() {
        return tokenizer;
    }

    /** What the model was made from. */
    public ModelConfig config() {
        return runner.config();
    }

    /** The device's memory by arena; all is given back by {@link #close()}. */
    public MemoryLedger memory() {
        return runner.device().ledger();
    }

    /** Waits for what runs and frees everything. */
    @Override
    public synchronized void close() {
        if (!thread.isShutdown()) {
            var closing = thread.submit(runner::close);
            thread.shutdown();
            result(closing);
        }
    }

    private List<GenerationResult> run(List<int[]> prompts, SamplingParams params) {
        var finished = new FinishReason[prompts.size()];
        try (var batch = new StaticBatch(runner, prompts, params.maxNewTokens())) {
            batch.prefill(runner.maxStepTokens());
            var running = stillRunning(batch, finished, params);
            while (!running.isEmpty()) {
                batch.decode(running);
                running = stillRunning(batch, finished, params);
            }
            var results = new ArrayList<GenerationResult>(prompts.size());
            for (int i = 0; i < finished.length; i++) {
                int[] ids = batch.outputIds(i);
                results.add(new GenerationResult(tokenizer.map(t -> t.decode(ids, true)).orElse(""), ids, finished[i], prompts.get(i).length));
            }
            return results;
        }
    }

    private List<Integer> stillRunning(StaticBatch batch, FinishReason[] finished, SamplingParams params) {
        var running = new ArrayList<Integer>();
        for (int i = 0; i < finished.length; i++) {
            if (finished[i] != null) {
                continue;
            }
            int[] ids = batch.outputIds(i);
            if (!params.ignoreEos() && eosIds.contains(ids[ids.length - 1])) {
                finished[i] = FinishReason.STOP;
            } else if (ids.length == params.maxNewTokens()) {
                finished[i] = FinishReason.LENGTH;
            } else {
                running.add(i);
            }
        }
        return running;
    }

    private Tokenizer requireTokenizer() {
        return tokenizer.orElseThrow(() -> new RequestException("the model's folder has no tokenizer.json, so prompts must be given as token ids"));
    }

    private static void requireFits(Tokenizer tokenizer, Path modelPath, ModelConfig config) {
        if (tokenizer.idBound() > config.vocabSize()) {
            throw new ConfigException(modelPath.resolve("tokenizer.json") + " has ids up to " + (tokenizer.idBound() - 1) + ", but vocab_size in "
                    + config.json().source() + " is " + config.vocabSize() + "; they do not belong together");
        }
    }

    private static <T> T result(Future<T> task) {
        try {
            return task.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                default -> throw new IllegalStateException(e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException("interrupted while waiting for the engine");
        }
    }
}
