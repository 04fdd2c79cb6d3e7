package io.gatun.jmh;

import io.gatun.runtime.batch.TokenList;
import io.gatun.runtime.cache.CacheClaim;
import io.gatun.runtime.cache.PageAllocator;
import io.gatun.runtime.cache.RadixCache;
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
import org.openjdk.jmh.annotations.Warmup;

/** What a request of 1,024 tokens asks of a radix cache that holds a million; 16 requests each share their first half. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RadixCacheBenchmark {
    private static final int CACHED_TOKENS = 1 << 20;
    private static final int PROMPT_LEN = 1024;
    private static final int GROUP = 16;
    /** So many that the oldest are evicted long before their turn comes again. */
    private static final int PROMPTS = 4096;

    @Param({"1", "16", "64"})
    public int pageSize;

    private final TokenList[] prompts = new TokenList[PROMPTS];
    private final CacheClaim claim = new CacheClaim();
    private RadixCache cache;
    private int newest;
    private int turn;

    @Setup(Level.Trial)
    public void fill() {
        var random = new Random(1);
        int[] prefix = {};
        for (int i = 0; i < PROMPTS; i++) {
            if (i % GROUP == 0) {
                prefix = random.ints(PROMPT_LEN / 2, 0, 128_000).toArray();
            }
            prompts[i] = new TokenList(prefix, PROMPT_LEN / 2);
            random.ints(PROMPT_LEN / 2, 0, 128_000).forEach(prompts[i]::add);
        }
        cache = new RadixCache(new PageAllocator(CACHED_TOKENS / pageSize + 1, pageSize));
        while (cache.availableTokens() >= PROMPT_LEN) {
            insertAndEvict();
        }
    }

    @Benchmark
    public int match() {
        return cache.match(cached(), PROMPT_LEN - 1, "");
    }

    @Benchmark
    public void claimAndRelease() {
        cache.claim(claim, cached(), PROMPT_LEN - 1);
        cache.release(claim);
    }

    /** A prompt that another request cached meanwhile: its own pages are freed again. */
    @Benchmark
    public void insertDuplicate() {
        cache.grow(claim, PROMPT_LEN);
        cache.cacheFinished(claim, cached(), PROMPT_LEN);
    }

    /** A new prompt takes the place of the oldest. */
    @Benchmark
    public void insertAndEvict() {
        newest = (newest + 1) % PROMPTS;
        var prompt = prompts[newest];
        cache.claim(claim, prompt, PROMPT_LEN - 1);
        cache.grow(claim, PROMPT_LEN);
        cache.cacheFinished(claim, prompt, PROMPT_LEN);
    }

    /** One of the last thousand prompts. */
    private TokenList cached() {
        turn = (turn + 1) % 1000;
        return prompts[Math.floorMod(newest - turn, PROMPTS)];
    }
}
