package io.gatun.jmh;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.EngineOptions.LoadFormat;
import io.gatun.runtime.engine.GenerationChunk;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.sampling.SamplingParams;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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
 * What a caller of an idle engine waits for the first token of a prompt whose first part is in the radix cache; the rest is new each time. Weights are random.
 * Run from the repository's root, where the configurations are; on a GPU with {@code -p inputLen=128,1024,8192}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 2, time = 10)
@Measurement(iterations = 3, time = 10)
public class TimeToFirstTokenBenchmark {
    private static final SamplingParams ONE_TOKEN = SamplingParams.greedy(1);
    private static final int CACHED_PROMPTS = 4;

    @Param({"models/configs/llama-3.2-1b"})
    public String model;

    @Param({"AUTO"})
    public DeviceChoice device;

    @Param({"128"})
    public int inputLen;

    /** Of the prompt; whole pages of it are found. */
    @Param({"0", "50", "90"})
    public int cachedPercent;

    private final Random random = new Random(1);
    private Engine engine;
    private int[] prefix;
    private int[] prompt;

    @Setup(Level.Trial)
    public void load() {
        engine = Engine.load(EngineOptions.builder(Path.of(model)).device(device).loadFormat(LoadFormat.DUMMY).contextLength(inputLen + 1)
                .maxTotalTokens((long) CACHED_PROMPTS * (inputLen + 1)).build());
        prefix = random.ints(inputLen * cachedPercent / 100, 0, engine.config().vocabSize()).toArray();
        if (prefix.length > 0) {
            engine.generateIds(List.of(prefix), ONE_TOKEN);
        }
    }

    /** A prompt that goes on after the prefix as none before. */
    @Setup(Level.Invocation)
    public void continuePrefix() {
        prompt = Arrays.copyOf(prefix, inputLen);
        for (int i = prefix.length; i < inputLen; i++) {
            prompt[i] = random.nextInt(engine.config().vocabSize());
        }
    }

    @TearDown(Level.Trial)
    public void close() {
        engine.close();
    }

    @Benchmark
    public GenerationChunk firstToken() {
        try (var stream = engine.stream(GenerationRequest.ofIds(prompt, ONE_TOKEN))) {
            return stream.next();
        }
    }
}
