package io.gatun.runtime.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.memory.CpuDevice;
import io.gatun.runtime.cache.NoPrefixCache;
import io.gatun.runtime.cache.PageAllocator;
import io.gatun.runtime.cache.PrefixCache;
import io.gatun.runtime.cache.RadixCache;
import io.gatun.runtime.cache.ReqToTokenPool;
import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.engine.TokenLogprob;
import io.gatun.runtime.multimodal.ExpandedPrompt;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.runtime.sampling.StopChecker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulerTest {
    private static final int VOCABULARY = 500;
    private static final int EOS = 3;

    private final CpuDevice cpu = new CpuDevice();
    private TokenDevice device;
    private PrefixCache cache;
    private ReqToTokenPool rows;
    private Scheduler scheduler;

    @AfterEach
    void close() {
        if (rows != null) {
            rows.close();
        }
        cpu.close();
    }

    /** Those of the step that could not be launched, too, which neither wait nor run. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whenTheDeviceFailsEveryRequestIsToldSoOnce(boolean overlap) {
        open(new SchedulerOptions(4, 1, 64, false, SchedulePolicy.FCFS, 1, overlap, true), 400);
        var outputs = new ArrayList<>(List.of(add(new int[] {5, 6, 7}, 20, ""), add(new int[] {8}, 20, "")));
        scheduler.step();
        scheduler.step();
        outputs.add(add(new int[] {9, 10}, 20, ""));
        outputs.add(add(new int[] {11, 12}, 20, ""));
        outputs.add(add(new int[] {13}, 20, ""));
        device.broken = true;
        assertThatThrownBy(scheduler::step).hasMessage("the device is gone");
        scheduler.failAll(new IllegalStateException("the engine has failed"));
        assertThat(outputs).allSatisfy(output -> assertThat(output.ends).isEqualTo(1));
        assertThat(scheduler.isIdle()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void everyRequestGetsWhatItGetsAlone(int seed) {
        var random = new Random(seed);
        var options = randomOptions(random);
        int longest = 80;
        int pages = Math.ceilDiv(longest + (random.nextBoolean() ? 40 : 600), options.pageSize());
        open(options, pages);
        var outputs = new ArrayList<Output>();
        for (int i = 0; i < 300; i++) {
            if (i == 0 || random.nextInt(3) > 0) {
                outputs.add(add(randomPrompt(random, longest / 2), 1 + random.nextInt(longest / 2), random.nextInt(4) == 0 ? "other" : ""));
            }
            if (random.nextInt(12) == 0) {
                scheduler.abort(outputs.get(random.nextInt(outputs.size())).req, "a whim");
            }
            if (random.nextInt(30) == 0) {
                var output = outputs.get(random.nextInt(outputs.size()));
                device.failNext(output.req);
                output.mayFail = true;
            }
            scheduler.step();
        }
        runAll();
        outputs.forEach(Output::check);
        assertThat(device.largestStep).isLessThanOrEqualTo(options.chunkedPrefillSize());
        assertThat(device.mostRequests).isLessThanOrEqualTo(options.maxRunningRequests());
        assertThat(rows.availableRows()).isEqualTo(options.maxRunningRequests());
        cache.audit(List.of());
        assertThat(cache.flush()).isTrue();
        assertThat(cache.availableTokens()).isEqualTo(cache.totalTokens());
    }

    @Test
    void aSharedPromptIsComputedOnce() {
        open(options(4, 1000, false, SchedulePolicy.FCFS, true, true), 100);
        int[] prompt = new Random(1).ints(40, 4, VOCABULARY).toArray();
        var leader = add(prompt, 5, "", Optional.empty());
        var followers = List.of(add(prompt, 5, "", Optional.of(leader.req)), add(prompt, 5, "", Optional.of(leader.req)));
        runAll();
        followers.forEach(follower -> assertThat(follower.stats.cachedTokens()).isEqualTo(36));
        assertThat(scheduler.stats().prefillTokens()).isEqualTo(40 + 4 + 4);
    }

    @Test
    void longestMatchGoesFirstAndOneOfEachNewPrefix() {
        open(options(1, 64, false, SchedulePolicy.LPM, false, true), 400);
        var random = new Random(2);
        int[] prefix = random.ints(50, 4, VOCABULARY).toArray();
        add(prefix, 1, "");
        runAll();
        var unknown = add(random.ints(60, 4, VOCABULARY).toArray(), 1, "");
        var sameUnknown = add(concat(Arrays.copyOf(unknown.prompt, 40), random.ints(20, 4, VOCABULARY).toArray()), 1, "");
        var known = add(concat(prefix, random.ints(10, 4, VOCABULARY).toArray()), 1, "");
        runAll();
        assertThat(known.order).isLessThan(unknown.order);
        assertThat(known.stats.cachedTokens()).isEqualTo(50);
        assertThat(sameUnknown.stats.cachedTokens()).isEqualTo(40);
    }

    @Test
    void aLongPromptDoesNotHoldMixedDecodesUp() {
        open(options(4, 8, true, SchedulePolicy.FCFS, false, true), 100);
        var first = add(new Random(3).ints(6, 4, VOCABULARY).toArray(), 20, "");
        scheduler.step();
        add(new Random(4).ints(80, 4, VOCABULARY).toArray(), 2, "");
        int before = first.ids.size();
        for (int i = 0; i < 5; i++) {
            scheduler.step();
        }
        assertThat(first.ids.size()).isEqualTo(before + 5);
        runAll();
    }

    @Test
    void requestsRetractedForWantOfRoomGoOnWhereTheyWere() {
        open(options(4, 1000, false, SchedulePolicy.FCFS, true, true), 13);
        var outputs = new ArrayList<Output>();
        for (int i = 0; i < 4; i++) {
            outputs.add(add(new Random(i).ints(6, 4, VOCABULARY).toArray(), 30, ""));
        }
        runAll();
        outputs.forEach(Output::check);
        assertThat(scheduler.stats().retractions()).isPositive();
    }

    private void runAll() {
        for (int i = 0; i < 20_000 && !scheduler.isIdle(); i++) {
            scheduler.step();
        }
        assertThat(scheduler.isIdle()).as("idle").isTrue();
        scheduler.step();
    }

    private void open(SchedulerOptions options, int pages) {
        int maxPages = pages;
        device = new TokenDevice(pages + 1, options.pageSize(), options.maxRunningRequests(), VOCABULARY);
        var allocator = new PageAllocator(pages + 1, options.pageSize());
        cache = options.sharesPrefixes() ? new RadixCache(allocator) : new NoPrefixCache(allocator);
        rows = new ReqToTokenPool(cpu, options.maxRunningRequests(), maxPages);
        scheduler = new Scheduler(options, cache, rows, device);
    }

    private Output add(int[] prompt, int maxNewTokens, String extraKey) {
        return add(prompt, maxNewTokens, extraKey, Optional.empty());
    }

    private Output add(int[] prompt, int maxNewTokens, String extraKey, Optional<Req> leader) {
        var output = new Output(prompt, maxNewTokens);
        var params = SamplingParams.builder().extraKey(extraKey).build();
        output.req = new Req("r", ExpandedPrompt.ofText(prompt), maxNewTokens, params, 0, new StopChecker(params, Set.of(EOS), Optional.empty()), output, leader);
        scheduler.add(output.req);
        return output;
    }

    private static SchedulerOptions options(int pageSize, int chunk, boolean mixed, SchedulePolicy policy, boolean overlap, boolean shares) {
        return new SchedulerOptions(16, pageSize, chunk, mixed, policy, 0.1, overlap, shares);
    }

    private static SchedulerOptions randomOptions(Random random) {
        return new SchedulerOptions(1 + random.nextInt(12), 1 << random.nextInt(5), 1 + random.nextInt(random.nextBoolean() ? 10 : 100), random.nextBoolean(),
                SchedulePolicy.values()[random.nextInt(2)], random.nextDouble() + 0.01, random.nextBoolean(), random.nextInt(4) > 0);
    }

    private static int[] randomPrompt(Random random, int longest) {
        int shared = random.nextInt(longest);
        int[] first = new Random(random.nextInt(3)).ints(shared, 4, VOCABULARY).toArray();
        return concat(first, random.ints(1 + random.nextInt(longest - shared), 4, VOCABULARY).toArray());
    }

    private static int[] concat(int[] a, int[] b) {
        int[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static int ended;

    /** Takes a request's output, and knows what it must be. */
    private static final class Output implements OutputSink {
        private final int[] prompt;
        private final int maxNewTokens;
        private final List<Integer> ids = new ArrayList<>();
        private Req req;
        private boolean mayFail;
        private int ends;
        private int order;
        private FinishReason reason;
        private RequestStats stats;

        Output(int[] prompt, int maxNewTokens) {
            this.prompt = prompt;
            this.maxNewTokens = maxNewTokens;
        }

        void check() {
            assertThat(ends).isEqualTo(1);
            var tokens = new ArrayList<Integer>();
            for (int id : prompt) {
                tokens.add(id);
            }
            while (tokens.size() < prompt.length + maxNewTokens && (tokens.size() == prompt.length || tokens.getLast() != EOS)) {
                tokens.add(TokenDevice.next(tokens::get, tokens.size(), VOCABULARY));
            }
            var expected = tokens.subList(prompt.length, tokens.size());
            if (reason == null || reason instanceof FinishReason.Abort) {
                assertThat(mayFail || reason != null).isTrue();
                assertThat(ids).isEqualTo(expected.subList(0, ids.size()));
            } else {
                assertThat(ids).isEqualTo(expected);
                assertThat(reason.type()).isEqualTo(expected.getLast() == EOS ? "stop" : "length");
            }
        }

        @Override
        public void token(int id, Optional<TokenLogprob> logprob) {
            assertThat(ends).isZero();
            ids.add(id);
        }

        @Override
        public void promptLogprobs(List<TokenLogprob> logprobs) {
        }

        @Override
        public void embedding(float[] sum) {
        }

        @Override
        public void finished(FinishReason why, RequestStats how) {
            ends++;
            order = ++ended;
            reason = why;
            stats = how;
        }

        @Override
        public void failed(RuntimeException cause) {
            ends++;
        }
    }
}
