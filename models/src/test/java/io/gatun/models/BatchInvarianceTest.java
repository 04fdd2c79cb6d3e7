package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.scheduler.SchedulePolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A request's ids are the same alone and in any company, with any prefix cached, chunked, mixed, overlapped or retracted: 2,100 requests, bit for bit. */
class BatchInvarianceTest {
    private static final int REQUESTS = 300;
    private static final int MAX_PROMPT_LEN = 160;
    private static final int MAX_NEW_TOKENS = 24;

    private static List<GenerationRequest> requests;
    private static List<int[]> alone;

    @BeforeAll
    static void runEachAlone() {
        requests = Traffic.requests(REQUESTS, MAX_PROMPT_LEN, MAX_NEW_TOKENS, 7);
        try (var engine = engine(options -> options.disableRadixCache(true))) {
            alone = requests.stream().map(request -> engine.generate(request).getFirst().outputIds()).toList();
        }
    }

    @AfterAll
    static void forget() {
        requests = null;
        alone = null;
    }

    @Test
    void togetherWithAPrefixCache() {
        assertSame(options -> { });
    }

    @Test
    void inPagesOfOneTokenLongestMatchFirst() {
        assertSame(options -> options.pageSize(1).schedulePolicy(SchedulePolicy.LPM));
    }

    @Test
    void inSmallChunks() {
        assertSame(options -> options.chunkedPrefillSize(23));
    }

    @Test
    void inSmallChunksMixedWithDecodes() {
        assertSame(options -> options.chunkedPrefillSize(40).enableMixedChunk(true));
    }

    @Test
    void overlapped() {
        assertSame(options -> options.disableOverlapSchedule(false).chunkedPrefillSize(64));
    }

    @Test
    void retractedForWantOfRoom() {
        assertThat(assertSame(options -> options.maxTotalTokens(1200).scheduleConservativeness(0.01).disableOverlapSchedule(false))).isPositive();
    }

    @Test
    void retractedWithoutAPrefixCache() {
        assertThat(assertSame(options -> options.maxTotalTokens(1000).scheduleConservativeness(0.01).disableRadixCache(true).enableMixedChunk(true)))
                .isPositive();
    }

    /** Runs all requests at once, in another order, and returns how many retractions there were. */
    private static long assertSame(Consumer<EngineOptions.Builder> change) {
        var order = new ArrayList<Integer>();
        for (int i = 0; i < requests.size(); i++) {
            order.add(i);
        }
        Collections.shuffle(order, new Random(3));
        try (var engine = engine(change)) {
            var results = engine.generateAll(order.stream().map(requests::get).toList());
            var different = new ArrayList<String>();
            for (int i = 0; i < order.size(); i++) {
                int[] ids = results.get(i).outputIds();
                if (!Arrays.equals(ids, alone.get(order.get(i)))) {
                    different.add("request " + order.get(i) + ": " + Arrays.toString(ids) + " but alone " + Arrays.toString(alone.get(order.get(i))));
                }
            }
            assertThat(different).isEmpty();
            var stats = engine.stats();
            assertThat(stats.availableTokens() + stats.evictableTokens()).isEqualTo(stats.totalTokens());
            return stats.retractions();
        }
    }

    private static Engine engine(Consumer<EngineOptions.Builder> change) {
        var options = Checkpoints.onCpu(Golden.named("sample-llama").folder()).maxTotalTokens(40_000);
        change.accept(options);
        return Engine.load(options.build());
    }
}
