package io.gatun.jmh;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.EngineOptions.LoadFormat;
import io.gatun.runtime.engine.StaticBatch;
import io.gatun.runtime.model.ModelRunner;
import java.nio.file.Path;
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
 * A whole model with random weights: the time to the first token of one prompt, and that of a decode step. Run from the repository's root,
 * where the configurations are.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 2, time = 10)
@Measurement(iterations = 3, time = 10)
public class ModelBenchmark {
    @Param({"models/configs/llama-3.2-1b"})
    private String model;

    @Param({"AUTO"})
    private DeviceChoice device;

    @Param({"128"})
    private int inputLen;

    /** Decoding begins anew when it is full. */
    @Param({"4096"})
    private int contextLength;

    private ModelRunner runner;
    private int[] prompt;
    private StaticBatch decoding;
    private int steps;

    @Setup
    public void load() {
        runner = ModelRunner.load(EngineOptions.builder(Path.of(model)).device(device).loadFormat(LoadFormat.DUMMY)
                .contextLength(contextLength).maxTotalTokens(2L * contextLength).build());
        prompt = new Random(1).ints(inputLen, 0, runner.config().vocabSize()).toArray();
    }

    /** A prefilled prompt for the decode steps. */
    @Setup(Level.Iteration)
    public void prefill() {
        closeDecoding();
        decoding = new StaticBatch(runner, List.of(prompt), contextLength - inputLen);
        decoding.prefill(runner.maxStepTokens());
        steps = 0;
    }

    @TearDown
    public void close() {
        closeDecoding();
        runner.close();
    }

    @Benchmark
    public int timeToFirstToken() {
        try (var batch = new StaticBatch(runner, List.of(prompt), 1)) {
            batch.prefill(runner.maxStepTokens());
            return batch.outputIds(0)[0];
        }
    }

    @Benchmark
    public void decodeStep() {
        if (++steps == contextLength - inputLen) {
            prefill();
        }
        decoding.decode(List.of(0));
    }

    private void closeDecoding() {
        if (decoding != null) {
            decoding.close();
        }
    }
}
