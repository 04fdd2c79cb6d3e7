package io.gatun.server.bench.serving;

import io.gatun.server.ProgressBar;
import io.gatun.server.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code gatun bench-serving}: the load of many clients on a running server, as SGLang's bench_serving makes and measures it. */
@Command(name = "bench-serving", mixinStandardHelpOptions = true, sortOptions = false,
        description = {"Send requests to a running server, and measure how it serves them.", "",
            "Any server with OpenAI's API will do, and any with SGLang's /generate. Options and columns are those of SGLang's bench_serving.", ""},
        footer = {"", "Examples:", "  gatun bench-serving --num-prompts 200 --random-input-len 256 --random-output-len 64 --tokenizer models/samples/llama",
            "  gatun bench-serving --backend openai-chat --base-url http://127.0.0.1:8000 --request-rate 4 --num-prompts 100 --goodput ttft:500 tpot:50",
            "  gatun bench-serving --backend openai --dataset-name sharegpt --dataset-path ShareGPT_V3_unfiltered_cleaned_split.json --max-concurrency 64",
            "  gatun bench-serving --backend openai-chat --dataset-name image --image-resolution 720p --num-prompts 32 --random-output-len 64", "",
            "Ctrl-C ends a run and shows what was measured so far."})
public final class BenchServingCommand implements Callable<Integer> {
    private static final int WARMUP_OUTPUT_LEN = 32;

    @Mixin
    private TargetOptions target;

    @Mixin
    private DatasetOptions dataset;

    @Option(names = "--request-rate", defaultValue = "inf", paramLabel = "F", converter = Rate.class,
            description = "Requests a second on average, at random times (a Poisson process); inf sends all at once. Default: ${DEFAULT-VALUE}.")
    private double requestRate;

    @Option(names = "--max-concurrency", paramLabel = "N", description = "The most requests at a time. Default: no limit.")
    private Optional<Integer> maxConcurrency = Optional.empty();

    @Option(names = "--warmup-requests", defaultValue = "1", paramLabel = "N", description = "Sent before, and not measured. Default: ${DEFAULT-VALUE}.")
    private int warmupRequests;

    @Option(names = "--flush-cache", description = "Empty the server's prefix cache after warming up (SGLang's /flush_cache).")
    private boolean flushCache;

    @Option(names = "--goodput", paramLabel = "MEASURE:MS", arity = "1..*",
            description = "What a good request keeps to, in milliseconds: ttft:200 tpot:50 e2e:5000.")
    private List<String> goodput = List.of();

    @Option(names = "--output-file", paramLabel = "FILE", description = "Append the result as one line of JSON, with SGLang's names.")
    private Optional<Path> outputFile = Optional.empty();

    @Option(names = "--output-details", description = "Let that line have the lengths, times, texts and errors of each request.")
    private boolean outputDetails;

    /** Reads a rate, which may be {@code inf}. */
    static final class Rate implements ITypeConverter<Double> {
        @Override
        public Double convert(String text) {
            try {
                return text.equalsIgnoreCase("inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
            } catch (NumberFormatException e) {
                throw new TypeConversionException("'" + text + "' is no number of requests a second, nor inf");
            }
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        var limits = Goodput.of(goodput);
        if (!target.stream() && (limits.limits().containsKey("ttft") || limits.limits().containsKey("tpot"))) {
            throw new UsageException("--goodput has ttft or tpot, but --disable-stream leaves only e2e to be measured");
        }
        if (warmupRequests < 0) {
            throw new UsageException("--warmup-requests is " + warmupRequests + "; it must be at least 0");
        }
        var plan = new LoadPlan(requestRate, maxConcurrency.map(OptionalInt::of).orElseGet(OptionalInt::empty), dataset.seed());
        var extra = target.extraBody();
        var tokenizer = dataset.tokenizer();
        var requests = dataset.requests(tokenizer);
        try (var client = target.client(); var progress = new ProgressBar()) {
            var protocol = target.protocol(client);
            LoadRun.Sender sender = request -> client.send(protocol, request, target.stream(), extra);
            warmUp(sender, requests.getFirst());
            if (flushCache) {
                flush(client);
            }
            var run = new LoadRun(requests, plan, sender);
            var report = new Report(run, requests.size(), plan, new TokenCounter(tokenizer), limits);
            var onCtrlC = new Thread(report::printIfBegun, "gatun-report");
            Runtime.getRuntime().addShutdownHook(onCtrlC);
            run.run(done -> progress.report("requests", done, requests.size()));
            progress.clear();
            var metrics = report.print();
            removeHook(onCtrlC);
            return metrics.completed() > 0 ? 0 : 1;
        }
    }

    private void warmUp(LoadRun.Sender sender, ServingRequest first) throws InterruptedException {
        if (warmupRequests == 0) {
            return;
        }
        var request = first.withOutputLen(Math.min(first.outputLen(), WARMUP_OUTPUT_LEN));
        var run = new LoadRun(IntStream.range(0, warmupRequests).mapToObj(i -> request).toList(),
                new LoadPlan(Double.POSITIVE_INFINITY, OptionalInt.empty(), 0), sender);
        run.run(done -> { });
        if (run.outcomes().stream().noneMatch(Outcome::succeeded)) {
            throw new ServingException("all " + warmupRequests + " requests to warm up failed; the first said: " + run.outcomes().getFirst().error()
                    .orElseThrow());
        }
    }

    private static void flush(ServingClient client) throws InterruptedException {
        try {
            client.post("/flush_cache");
        } catch (IOException e) {
            throw new ServingException("the server's cache could not be flushed: " + ServingClient.describe(e));
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyRunning) {
            return;
        }
    }

    /** Shows what was measured, once: at the end of the run, or when it is ended early. */
    private final class Report {
        private final LoadRun run;
        private final int size;
        private final LoadPlan plan;
        private final TokenCounter counter;
        private final Goodput limits;
        private final AtomicBoolean printed = new AtomicBoolean();

        Report(LoadRun run, int size, LoadPlan plan, TokenCounter counter, Goodput limits) {
            this.run = run;
            this.size = size;
            this.plan = plan;
            this.counter = counter;
            this.limits = limits;
        }

        void printIfBegun() {
            if (run.hasBegun()) {
                print();
            }
        }

        synchronized ServingMetrics print() {
            double duration = run.duration();
            var outcomes = run.outcomes();
            var metrics = ServingMetrics.of(outcomes, size - outcomes.size(), duration, counter, limits, target.stream());
            if (printed.compareAndSet(false, true)) {
                System.out.print(ServingReport.table(metrics, plan, target.backend()));
                System.out.flush();
                metrics.failures().entrySet().stream().findFirst().ifPresent(first -> System.err.println("gatun: " + metrics.failed() + " requests failed, "
                        + first.getValue() + " of them so: " + first.getKey()));
                outputFile.ifPresent(file -> append(file, metrics, outcomes));
            }
            return metrics;
        }

        private void append(Path file, ServingMetrics metrics, List<Outcome> outcomes) {
            var json = ServingReport.json(metrics, plan, target.backend(), dataset.name());
            if (outputDetails) {
                ServingReport.addDetails(json, outcomes, counter);
            }
            try {
                Files.writeString(file, json + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new ServingException("--output-file " + file + " cannot be written: " + e.getMessage());
            }
        }
    }
}
