package io.gatun.runtime.engine;

import io.gatun.memory.MemoryLedger;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.engine.GenerationResult.FinishReason;
import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

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
        var thread = Executors.newSingleThreadExecutor(Thread.ofPlatform().name("gatun-engine").daemon().factory());
        try {
            var tokenizer = Files.exists(options.modelPath().resolve("tokenizer.json"))
                    ? Optional.of(Tokenizer.fromDirectory(options.modelPath())) : Optional.<Tokenizer>empty();
            var runner = call(thread, () -> ModelRunner.load(options));
            var engine = new Engine(thread, runner, tokenizer, eosIds(options.modelPath(), runner.config()));
            tokenizer.ifPresent(t -> engine.requireFits(t, options.modelPath()));
            return engine;
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
     */
    public List<GenerationResult> generate(List<String> prompts, SamplingParams params) {
        return generateIds(prompts.stream().map(requireTokenizer()::encode).toList(), params);
    }

    /** Continues token ids. */
    public List<GenerationResult> generateIds(List<int[]> prompts, SamplingParams params) {
        if (prompts.isEmpty()) {
            return List.of();
        }
        return call(thread, () -> run(prompts, params));
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
    public void close() {
        if (thread.isShutdown()) {
            return;
        }
        call(thread, () -> {
            runner.close();
            return null;
        });
        thread.shutdown();
        try {
            thread.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
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

    private void requireFits(Tokenizer found, Path modelPath) {
        if (found.idBound() > runner.config().vocabSize()) {
            close();
            throw new ConfigException(modelPath.resolve("tokenizer.json") + " has ids up to " + (found.idBound() - 1) + ", but vocab_size in "
                    + runner.config().json().source() + " is " + runner.config().vocabSize() + "; they do not belong together");
        }
    }

    /** The ids that end a text: of generation_config.json where it has some, which for chat models are more than those of config.json. */
    private static Set<Integer> eosIds(Path modelPath, ModelConfig config) {
        var ids = new HashSet<>(config.eosTokenIds());
        var generation = modelPath.resolve("generation_config.json");
        if (Files.exists(generation)) {
            var json = JsonObject.read(generation);
            if (json.has("eos_token_id")) {
                ids.addAll(json.ints("eos_token_id"));
            }
        }
        return Set.copyOf(ids);
    }

    private static <T> T call(ExecutorService thread, Callable<T> task) {
        try {
            return thread.submit(task).get();
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
