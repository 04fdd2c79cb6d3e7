package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaStatus;
import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.runtime.engine.TokenLogprob;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.runtime.scheduler.SchedulePolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole engine on a GPU in bf16: a request in company against the same request alone. */
class EngineGpuTest {
    private static final int REQUESTS = 300;
    private static final int MAX_PROMPT_LEN = 300;
    private static final int MAX_NEW_TOKENS = 32;
    /** Between the two likeliest tokens' logprobs; bf16 has 8 bits, and the sample's logits reach 30. */
    private static final double NOISE = 0.25;

    @BeforeEach
    void requireGpu() {
        if (Cuda.probe() instanceof CudaStatus.Unavailable missing) {
            assumeTrue(false, missing.message());
        }
    }

    @Test
    void deterministicIdsAreTheSameInAnyCompany() {
        var requests = Traffic.requests(REQUESTS, MAX_PROMPT_LEN, MAX_NEW_TOKENS, 5);
        Consumer<EngineOptions.Builder> deterministic = options -> options.enableDeterministicInference(true);
        var alone = alone(requests, deterministic);
        for (var change : companies()) {
            var together = together(requests, deterministic.andThen(change));
            for (int i = 0; i < REQUESTS; i++) {
                assertThat(together.get(i).outputIds()).as("request %d", i).isEqualTo(alone.get(i).outputIds());
            }
        }
    }

    @Test
    void otherwiseGreedyIdsDifferOnlyWithinBf16Noise() {
        var params = SamplingParams.greedy(MAX_NEW_TOKENS).toBuilder().ignoreEos(true).returnLogprob(true).topLogprobsNum(2).build();
        var requests = Traffic.requests(REQUESTS, MAX_PROMPT_LEN, MAX_NEW_TOKENS, 6).stream()
                .map(request -> new GenerationRequest(request.prompt(), params, request.id())).toList();
        var alone = alone(requests, options -> { });
        var margins = new ArrayList<Double>();
        for (var change : companies()) {
            var together = together(requests, change);
            for (int i = 0; i < REQUESTS; i++) {
                int at = Arrays.mismatch(alone.get(i).outputIds(), together.get(i).outputIds());
                if (at >= 0) {
                    margins.add(margin(alone.get(i).logprobs().get(at)));
                }
            }
        }
        System.out.println("default mode: " + margins.size() + " of " + companies().size() * REQUESTS + " texts part, at margins of at most "
                + margins.stream().mapToDouble(Double::doubleValue).max().orElse(0));
        assertThat(margins).allMatch(margin -> margin < NOISE);
    }

    @Test
    void manySampledRequestsLeaveNothingBehind() {
        var requests = Traffic.requests(2000, 100, 24, 8);
        try (var engine = engine(options -> options.maxTotalTokens(16_384).scheduleConservativeness(0.05))) {
            var results = engine.generateAll(requests);
            assertThat(results).hasSize(2000).allMatch(result -> result.completionTokens() > 0);
            var stats = engine.stats();
            assertThat(stats.availableTokens() + stats.evictableTokens()).isEqualTo(stats.totalTokens());
        }
    }

    private static List<Consumer<EngineOptions.Builder>> companies() {
        return List.of(options -> { }, options -> options.disableCudaGraph(true).disableRadixCache(true),
                options -> options.chunkedPrefillSize(100).enableMixedChunk(true).pageSize(16).schedulePolicy(SchedulePolicy.LPM),
                options -> options.maxTotalTokens(4096).scheduleConservativeness(0.01).disableOverlapSchedule(true));
    }

    private static List<GenerationResult> alone(List<GenerationRequest> requests, Consumer<EngineOptions.Builder> change) {
        try (var engine = engine(change.andThen(options -> options.disableRadixCache(true)))) {
            return requests.stream().map(request -> engine.generate(request).getFirst()).toList();
        }
    }

    /** All at once in another order, given back in theirs. */
    private static List<GenerationResult> together(List<GenerationRequest> requests, Consumer<EngineOptions.Builder> change) {
        var order = new ArrayList<Integer>();
        for (int i = 0; i < requests.size(); i++) {
            order.add(i);
        }
        Collections.shuffle(order, new Random(3));
        try (var engine = engine(change)) {
            var results = engine.generateAll(order.stream().map(requests::get).toList());
            var inOrder = new GenerationResult[results.size()];
            for (int i = 0; i < inOrder.length; i++) {
                inOrder[order.get(i)] = results.get(i);
            }
            return List.of(inOrder);
        }
    }

    private static Engine engine(Consumer<EngineOptions.Builder> change) {
        var options = EngineOptions.builder(Golden.named("sample-llama").folder()).device(DeviceChoice.CUDA).maxTotalTokens(200_000);
        change.accept(options);
        return Engine.load(options.build());
    }

    private static double margin(TokenLogprob logprob) {
        return logprob.top().get(0).logprob() - logprob.top().get(1).logprob();
    }
}
