package io.gatun.runtime.scheduler;

import io.gatun.memory.CpuDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Owner;
import io.gatun.runtime.cache.KvPool;
import io.gatun.runtime.cache.KvPool.KvShape;
import io.gatun.runtime.cache.PageAllocator;
import io.gatun.runtime.cache.RadixCache;
import io.gatun.runtime.cache.ReqToTokenPool;
import io.gatun.runtime.engine.Callers;
import io.gatun.runtime.multimodal.ExpandedPrompt;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.runtime.sampling.StopChecker;
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
 * What a decode step of many requests costs the host, with prompts of 1k to 4k tokens in a radix cache of pages of 64: the scheduler and the callers' outputs,
 * and on request the inputs of model and sampler. The device takes no time. Run with {@code -prof gc}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SchedulerBenchmark {
    private static final int PAGE_SIZE = 64;
    private static final int CHUNKED_PREFILL_SIZE = 8192;
    private static final int SHORTEST_PROMPT = 1 << 10;
    private static final int LONGEST_PROMPT = 1 << 12;
    /** Requests begin anew when they have generated so much. */
    private static final int OUTPUT_LEN = 1 << 12;
    private static final int VOCABULARY = 128_000;
    private static final int EOS = 2;

    @Param({"256"})
    public int requests;

    /** Whether a step is launched before the results of the one before are handled. */
    @Param({"true", "false"})
    public boolean overlap;

    /** Whether the inputs of model and sampler are laid out. */
    @Param({"true", "false"})
    public boolean inputs;

    /** Whether each request has a virtual thread that takes its tokens as they come. */
    @Param({"false", "true"})
    public boolean streams;

    private final Owner owner = new Owner();
    private final SamplingParams params = SamplingParams.builder().temperature(0.8).topP(0.95).topK(50).maxNewTokens(OUTPUT_LEN).build();
    private int[][] prompts;
    private Scheduler scheduler;
    private int steps;

    @Setup(Level.Trial)
    public void open() {
        var random = new Random(1);
        prompts = new int[requests][];
        for (int i = 0; i < requests; i++) {
            prompts[i] = random.ints(random.nextInt(SHORTEST_PROMPT, LONGEST_PROMPT + 1), 0, VOCABULARY).toArray();
        }
        var device = owner.own(new CpuDevice());
        int pagesPerRequest = (LONGEST_PROMPT + OUTPUT_LEN) / PAGE_SIZE;
        int pages = requests * pagesPerRequest + 1;
        var rows = owner.own(new ReqToTokenPool(device, requests, pagesPerRequest));
        var kvPool = owner.own(new KvPool(device, new KvShape(0, 8, 128, DType.BF16), pages, PAGE_SIZE));
        var runner = owner.own(new InstantRunner(device, rows, kvPool, inputs, CHUNKED_PREFILL_SIZE, requests));
        var options = new SchedulerOptions(requests, PAGE_SIZE, CHUNKED_PREFILL_SIZE, false, SchedulePolicy.FCFS, 0.1, overlap, true);
        scheduler = new Scheduler(options, new RadixCache(new PageAllocator(pages, PAGE_SIZE)), rows, runner);
    }

    /** Begins with all requests, their prompts prefilled. */
    @Setup(Level.Iteration)
    public void begin() {
        scheduler.abortAll("the next iteration begins");
        while (!scheduler.isIdle()) {
            scheduler.step();
        }
        for (int i = 0; i < requests; i++) {
            scheduler.add(request(i));
        }
        while (scheduler.stats().waiting() > 0) {
            scheduler.step();
        }
        if (scheduler.stats().running() != requests) {
            throw new IllegalStateException(scheduler.stats() + ": all " + requests + " requests should run");
        }
        steps = 0;
    }

    @TearDown(Level.Trial)
    public void close() {
        scheduler.abortAll("the benchmark is over");
        owner.close();
    }

    @Benchmark
    public void decodeStep() {
        if (++steps == OUTPUT_LEN - 2) {
            begin();
        }
        scheduler.step();
    }

    private Req request(int i) {
        return Callers.send(OUTPUT_LEN, streams, sink -> new Req("benchmark-" + i, ExpandedPrompt.ofText(prompts[i]), OUTPUT_LEN, params, i,
                new StopChecker(params, Set.of(EOS), Optional.empty()), sink, Optional.empty()));
    }
}
