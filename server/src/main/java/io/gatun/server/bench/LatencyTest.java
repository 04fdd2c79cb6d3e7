package io.gatun.server.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.engine.StaticBatch;
import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.multimodal.ExpandedPrompt;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * SGLang's latency test: random prompts of one length, perhaps each after a picture, prefilled and decoded as a static batch, each step timed until its ids
 * are on the host.
 */
final class LatencyTest {
    private static final int MAX_RANDOM_ID = 10_000;
    private static final int WARMUP_OUTPUT_LEN = 8;
    private static final long WARMUP_NANOS = 4_000_000_000L;
    private static final int DECODE_LINES = 5;
    private static final int SEED = 1;

    private final ModelRunner runner;
    private final Optional<PictureLatency> picture;
    private final PrintStream out;
    private final Optional<Path> json;

    LatencyTest(ModelRunner runner, Optional<PictureLatency> picture, PrintStream out, Optional<Path> json) {
        this.runner = runner;
        this.picture = picture;
        this.out = out;
        this.json = json;
    }

    /** Every combination, after a warm-up with the first. */
    void run(List<Integer> batchSizes, List<Integer> inputLens, List<Integer> outputLens) throws IOException {
        out.println("max_total_num_tokens=" + runner.kvPool().maxTotalTokens());
        out.println("Warmup ...");
        warmUp(batchSizes.getFirst(), inputLens.getFirst(), Math.min(WARMUP_OUTPUT_LEN, outputLens.getFirst()));
        out.println("Benchmark ...");
        for (int batchSize : batchSizes) {
            for (int inputLen : inputLens) {
                for (int outputLen : outputLens) {
                    var result = measure(batchSize, inputLen, outputLen);
                    if (json.isPresent()) {
                        Files.writeString(json.get(), result + "\n", StandardOpenOption.APPEND);
                    }
                }
            }
        }
    }

    /** Once as it will be measured, then silently until the JVM has had time to compile what is hot. */
    private void warmUp(int batchSize, int inputLen, int outputLen) throws IOException {
        long end = System.nanoTime() + WARMUP_NANOS;
        measure(batchSize, inputLen, outputLen);
        var silent = new LatencyTest(runner, picture, new PrintStream(OutputStream.nullOutputStream()), Optional.empty());
        while (System.nanoTime() < end) {
            silent.measure(batchSize, inputLen, outputLen);
        }
    }

    private String measure(int batchSize, int inputLen, int outputLen) throws IOException {
        var texts = randomTexts(batchSize, inputLen);
        try {
            var figures = picture.map(one -> one.measure(texts.getFirst()));
            figures.ifPresent(found -> found.print(out));
            return measure(texts, outputLen, figures);
        } catch (RequestException e) {
            throw new RequestException("batch size " + batchSize + ", input length " + inputLen + ", output length " + outputLen + ": " + e.getMessage(), e);
        }
    }

    /** With a picture, the prefill is that of the model behind the tower. */
    private String measure(List<int[]> texts, int outputLen, Optional<PictureLatency.Figures> figures) throws IOException {
        int batchSize = texts.size();
        int promptLen = texts.getFirst().length + figures.map(PictureLatency.Figures::tokens).orElse(0);
        var prompts = texts.stream().map(text -> picture.map(one -> one.prompt(text)).orElseGet(() -> ExpandedPrompt.ofText(text))).toList();
        try (var batch = StaticBatch.ofExpanded(runner, prompts, outputLen)) {
            double prefill = seconds(() -> batch.prefill(runner.maxStepTokens()));
            printf("Prefill. latency: %6.5f s, throughput: %9.2f token/s%n", prefill, batchSize * promptLen / prefill);
            var all = IntStream.range(0, batchSize).boxed().toList();
            double[] decode = new double[outputLen - 1];
            for (int step = 0; step < decode.length; step++) {
                decode[step] = seconds(() -> batch.decode(all));
                if (step < DECODE_LINES) {
                    printf("Decode %d. Batch size: %d, latency: %6.5f s, throughput: %9.2f token/s%n", step, batchSize, decode[step],
                            batchSize / decode[step]);
                }
            }
            double total = prefill + Arrays.stream(decode).sum();
            double median = median(decode);
            if (decode.length > 0) {
                printf("Decode.  median latency: %6.5f s, median throughput: %9.2f token/s%n", median, batchSize / median);
            }
            printf("Total. latency: %6.3f s, throughput: %9.2f token/s%n", total, batchSize * (promptLen + outputLen) / total);
            return toJson(batchSize, texts.getFirst().length, outputLen, prefill, batchSize * promptLen / prefill, median, figures);
        }
    }

    private String toJson(int batchSize, int inputLen, int outputLen, double prefill, double prefillThroughput, double medianDecode,
            Optional<PictureLatency.Figures> figures) throws IOException {
        var json = new ObjectMapper();
        var node = json.createObjectNode().put("batch_size", batchSize).put("input_len", inputLen).put("output_len", outputLen)
                .put("prefill_latency_s", prefill).put("prefill_throughput", prefillThroughput);
        if (outputLen > 1) {
            node.put("median_decode_latency_s", medianDecode).put("median_decode_throughput", batchSize / medianDecode);
        } else {
            node.putNull("median_decode_latency_s").putNull("median_decode_throughput");
        }
        figures.ifPresent(found -> found.put(node));
        return json.writeValueAsString(node.put("device", runner.device().name()).put("dtype", runner.dtype().torchName())
                .put("peak_device_bytes", runner.device().ledger().peakBytes()));
    }

    private List<int[]> randomTexts(int batchSize, int inputLen) {
        var random = new Random(SEED);
        int bound = Math.min(MAX_RANDOM_ID, runner.config().vocabSize());
        return IntStream.range(0, batchSize).mapToObj(i -> random.ints(0, bound).filter(id -> picture.isEmpty() || picture.get().isText(id))
                .limit(inputLen).toArray()).toList();
    }

    static double seconds(Runnable step) {
        long start = System.nanoTime();
        step.run();
        return (System.nanoTime() - start) / 1e9;
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
    }

    private void printf(String format, Object... values) {
        out.printf(Locale.ROOT, format, values);
    }
}
