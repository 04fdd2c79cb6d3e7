package io.gatun.jmh;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.EngineOptions.LoadFormat;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.sampling.SamplingParams;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Many requests at once, to the last token of the last one, from an empty radix cache; random weights. Run from the repository's root. For a table with
 * SGLang's columns there is {@code gatun bench-offline-throughput}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 2, time = 10)
@Measurement(iterations = 3, time = 10)
public class OfflineThroughputBenchmark {
    /** Which requests come. */
    public enum Trace {
        /** Prompts and outputs of any length up to the longest. */
        RANDOM,
        /** Prompts and outputs of the greatest length; of the prompts, three quarters are shared by eight. */
        SHARED_PREFIX
    }

    private static final int GROUP = 8;

    @Param({"models/samples/llama"})
    public String model;

    @Param({"AUTO"})
    public DeviceChoice device;

    @Param({"RANDOM", "SHARED_PREFIX"})
    public Trace trace;

    @Param({"64"})
    public int requests;

    @Param({"256"})
    public int inputLen;

    @Param({"64"})
    public int outputLen;

    private Engine engine;
    private List<GenerationRequest> all;

    @Setup(Level.Trial)
    public void load() {
        engine = Engine.load(EngineOptions.builder(Path.of(model)).device(device).loadFormat(LoadFormat.DUMMY).contextLength(inputLen + outputLen).build());
        var random = new Random(1);
        all = switch (trace) {
            case RANDOM -> Stream.generate(() -> request(ids(random, random.nextInt(1, inputLen + 1)), random.nextInt(1, outputLen + 1))).limit(requests).toList();
            case SHARED_PREFIX -> Stream.generate(() -> ids(random, inputLen * 3 / 4)).limit(Math.ceilDiv(requests, GROUP))
                    .flatMap(prefix -> Stream.generate(() -> request(concat(prefix, ids(random, inputLen - prefix.length)), outputLen)).limit(GROUP))
                    .limit(requests).toList();
        };
    }

    @Setup(Level.Invocation)
    public void flushCache() {
        engine.flushCache();
    }

    @TearDown(Level.Trial)
    public void close() {
        engine.close();
    }

    @Benchmark
    public void run(Tokens tokens) {
        for (var result : engine.generateAll(all)) {
            tokens.inputTokens += result.promptTokens();
            tokens.outputTokens += result.completionTokens();
        }
    }

    private int[] ids(Random random, int count) {
        return random.ints(count, 0, engine.config().vocabSize()).toArray();
    }

    private static int[] concat(int[] a, int[] b) {
        return IntStream.concat(IntStream.of(a), IntStream.of(b)).toArray();
    }

    private static GenerationRequest request(int[] prompt, int outputLen) {
        return GenerationRequest.ofIds(prompt, SamplingParams.builder().temperature(0).maxNewTokens(outputLen).ignoreEos(true).build());
    }
}
