package io.gatun.server.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.server.ModelOptions;
import io.gatun.server.ProgressBar;
import io.gatun.server.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gatun bench-offline-throughput}: many requests at once through the whole engine, without a server. */
@Command(name = "bench-offline-throughput", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Send many requests at once through the engine, and measure its throughput.",
        footer = {"", "Examples:", "  gatun bench-offline-throughput --num-prompts 64 --random-input-len 64 --random-output-len 32",
            "  gatun bench-offline-throughput --dataset-name generated-shared-prefix --gsp-num-groups 4 --gsp-system-prompt-len 256",
            "  gatun bench-offline-throughput --model-path models/configs/llama-3.1-8b --load-format dummy --num-prompts 64 --random-range-ratio 1 "
                + "--random-output-len 128"})
public final class BenchOfflineThroughputCommand implements Callable<Integer> {
    private static final String RANDOM = "random";
    private static final String SHARED_PREFIX = "generated-shared-prefix";
    private static final int WARMUP_PROMPTS = 16;
    private static final int WARMUP_LEN = 16;

    @Mixin
    private ModelOptions model;

    @Option(names = "--dataset-name", defaultValue = RANDOM, paramLabel = "NAME", description = "random or generated-shared-prefix. Default: ${DEFAULT-VALUE}.")
    private String dataset;

    @Option(names = "--num-prompts", defaultValue = "1000", paramLabel = "N", description = "Requests of the random dataset. Default: ${DEFAULT-VALUE}.")
    private int numPrompts;

    @Option(names = "--random-input-len", defaultValue = "1024", paramLabel = "N", description = "Tokens of a prompt, at most. Default: ${DEFAULT-VALUE}.")
    private int inputLen;

    @Option(names = "--random-output-len", defaultValue = "1024", paramLabel = "N", description = "New tokens, at most. Default: ${DEFAULT-VALUE}.")
    private int outputLen;

    @Option(names = "--random-range-ratio", defaultValue = "0.0", paramLabel = "F",
            description = "Lengths are drawn from this share of the length up to all of it. Default: ${DEFAULT-VALUE}.")
    private double rangeRatio;

    @Option(names = "--gsp-num-groups", defaultValue = "64", paramLabel = "N", description = "Groups that share a prefix. Default: ${DEFAULT-VALUE}.")
    private int groups;

    @Option(names = "--gsp-prompts-per-group", defaultValue = "16", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    private int promptsPerGroup;

    @Option(names = "--gsp-system-prompt-len", defaultValue = "2048", paramLabel = "N", description = "Tokens of a shared prefix. Default: ${DEFAULT-VALUE}.")
    private int prefixLen;

    @Option(names = "--gsp-question-len", defaultValue = "128", paramLabel = "N", description = "Tokens after it. Default: ${DEFAULT-VALUE}.")
    private int questionLen;

    @Option(names = "--gsp-output-len", defaultValue = "256", paramLabel = "N", description = "New tokens. Default: ${DEFAULT-VALUE}.")
    private int sharedOutputLen;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N", description = "Of the generated requests. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--skip-warmup", description = "Measure at once, kernels and JVM cold.")
    private boolean skipWarmup;

    @Option(names = {"--result-filename", "--json"}, paramLabel = "FILE", description = "Append the result as one line of JSON.")
    private Path json;

    @Override
    public Integer call() throws IOException {
        if (!dataset.equals(RANDOM) && !dataset.equals(SHARED_PREFIX)) {
            throw new UsageException("--dataset-name is '" + dataset + "'; it must be " + RANDOM + " or " + SHARED_PREFIX);
        }
        for (int value : List.of(numPrompts, inputLen, outputLen, groups, promptsPerGroup, prefixLen, questionLen, sharedOutputLen)) {
            if (value < 1) {
                throw new UsageException("a count or length is " + value + "; it must be at least 1");
            }
        }
        try (var progress = new ProgressBar(); var engine = Engine.load(model.toEngineOptions(progress))) {
            progress.clear();
            System.err.println("gatun: loaded " + model.modelPath() + " " + engine.loadReport());
            var workload = workload(engine.config().vocabSize());
            if (!skipWarmup) {
                var first = workload.requests().subList(0, Math.min(WARMUP_PROMPTS, workload.size()));
                run(engine, new Workload(first.stream().map(item -> new Workload.Item(item.prompt(), WARMUP_LEN)).toList()), new ProgressBar());
                engine.flushCache();
            }
            report(run(engine, workload, progress));
        }
        return 0;
    }

    private Workload workload(int vocabSize) {
        return dataset.equals(RANDOM) ? Workload.random(numPrompts, inputLen, outputLen, rangeRatio, vocabSize, seed)
                : Workload.sharedPrefix(groups, promptsPerGroup, prefixLen, questionLen, sharedOutputLen, vocabSize, seed);
    }

    private static ThroughputResult run(Engine engine, Workload workload, ProgressBar progress) {
        var before = engine.stats();
        var done = new AtomicInteger();
        long start = System.nanoTime();
        var running = new ArrayList<CompletableFuture<List<GenerationResult>>>();
        for (var item : workload.requests()) {
            var params = SamplingParams.builder().temperature(0).maxNewTokens(item.outputLen()).ignoreEos(true).build();
            running.add(engine.generateAsync(GenerationRequest.ofIds(item.prompt(), params))
                    .whenComplete((results, failure) -> progress.report("requests", done.incrementAndGet(), workload.size())));
        }
        var results = new ArrayList<GenerationResult>();
        Optional<RuntimeException> failure = Optional.empty();
        for (var request : running) {
            try {
                results.addAll(request.join());
            } catch (CompletionException e) {
                failure = Optional.of(e.getCause() instanceof RuntimeException cause ? cause : e);
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        progress.clear();
        if (results.isEmpty()) {
            throw failure.orElseThrow();
        }
        return ThroughputResult.of(results, workload.size(), seconds, before, engine.stats());
    }

    private void report(ThroughputResult result) throws IOException {
        System.out.print(result.table());
        if (json != null) {
            var mapper = new ObjectMapper();
            Files.writeString(json, mapper.writeValueAsString(mapper.valueToTree(result)) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }
}
