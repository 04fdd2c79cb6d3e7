package io.gatun.runtime.engine;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.EngineOptions.LoadFormat;
import io.gatun.runtime.multimodal.ExpandedPrompt;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.runtime.sampling.StopChecker;
import io.gatun.runtime.scheduler.Req;
import io.gatun.runtime.scheduler.Scheduler;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
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
 * A decode step of the whole engine: scheduler, model, sampler and the callers' outputs, on the thread of the benchmark. Weights are random. Run from the
 * repository's root, where the configurations are; on a GPU with {@code -p batchSize=1,8,64,256 -p inputLen=1024}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 2, time = 10)
@Measurement(iterations = 3, time = 10)
public class DecodeBenchmark {
    @Param({"models/configs/llama-3.2-1b"})
    public String model;

    @Param({"AUTO"})
    public DeviceChoice device;

    @Param({"1", "8"})
    public int batchSize;

    @Param({"128"})
    public int inputLen;

    /** Requests begin anew, with their prompts cached, when they have generated so much. */
    @Param({"1024"})
    public int outputLen;

    /** 0 takes the likeliest token each time. */
    @Param({"0"})
    public double temperature;

    private EngineRuntime runtime;
    private Scheduler scheduler;
    private SamplingParams params;
    private int[][] prompts;
    private int steps;

    @Setup(Level.Trial)
    public void load() {
        int contextLength = inputLen + outputLen;
        runtime = EngineRuntime.load(EngineOptions.builder(Path.of(model)).device(device).loadFormat(LoadFormat.DUMMY).contextLength(contextLength)
                .maxRunningRequests(batchSize).maxTotalTokens((batchSize + 1L) * contextLength).build());
        scheduler = runtime.scheduler();
        params = SamplingParams.builder().temperature(temperature).maxNewTokens(outputLen).ignoreEos(true).build();
        var random = new Random(1);
        prompts = new int[batchSize][];
        for (int i = 0; i < batchSize; i++) {
            prompts[i] = random.ints(inputLen, 0, runtime.runner().config().vocabSize()).toArray();
        }
    }

    /** Begins with all prompts prefilled. */
    @Setup(Level.Iteration)
    public void begin() {
        scheduler.abortAll("the next iteration begins");
        while (!scheduler.isIdle()) {
            scheduler.step();
        }
        for (int i = 0; i < batchSize; i++) {
            scheduler.add(request(i));
        }
        int prefilled = 0;
        while (scheduler.stats().waiting() > 0) {
            scheduler.step();
            prefilled++;
        }
        steps = prefilled;
    }

    @TearDown(Level.Trial)
    public void close() {
        scheduler.abortAll("the benchmark is over");
        runtime.close();
    }

    @Benchmark
    public void decodeStep() {
        if (++steps >= outputLen - 1) {
            begin();
        }
        scheduler.step();
    }

    private Req request(int i) {
        return Callers.send(outputLen, false, sink -> new Req("benchmark-" + i, ExpandedPrompt.ofText(prompts[i]), outputLen, params, i,
                new StopChecker(params, Set.of(), Optional.empty()), sink, Optional.empty()));
    }
}
