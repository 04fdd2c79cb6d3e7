package io.gatun.server.bench.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** The columns of answers whose times are given. */
class ServingMetricsTest {
    private static final long MS = 1_000_000;
    private static final TokenCounter COUNTER = new TokenCounter(Optional.empty());
    private static final ServingRequest REQUEST = new ServingRequest(new ServingRequest.Prompt.Text("a prompt"), 2, 4, List.of());

    private static Delta token(String text) {
        return new Delta(text, OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), false);
    }

    private static Delta usage(int prompt, int completion) {
        return new Delta("", OptionalInt.empty(), OptionalInt.of(prompt), OptionalInt.of(completion), true);
    }

    private static Delta total(String text, int tokens) {
        return new Delta(text, OptionalInt.of(tokens), OptionalInt.of(5), OptionalInt.of(tokens), false);
    }

    /** First token after 100 ms, then one each 20, 40 and 60 ms, usage at once, [DONE] after 10 ms more. */
    private static Outcome streamed(long start) {
        var watch = new Stopwatch(REQUEST, start);
        watch.event(token(""), start + 50 * MS);
        watch.event(token("a"), start + 100 * MS);
        watch.event(token("b"), start + 120 * MS);
        watch.event(token("c"), start + 160 * MS);
        watch.event(token("d"), start + 220 * MS);
        watch.event(usage(10, 4), start + 220 * MS);
        watch.done(start + 230 * MS);
        return watch.outcome();
    }

    /** Two tokens after 200 ms, three more 90 ms later. */
    private static Outcome ofGenerate(long start) {
        var watch = new Stopwatch(REQUEST, start);
        watch.event(total("ab", 2), start + 200 * MS);
        watch.event(total("cde", 5), start + 290 * MS);
        watch.done(start + 290 * MS);
        return watch.outcome();
    }

    @Test
    void columnsFollowFromTheTimes() {
        var outcomes = List.of(streamed(5), ofGenerate(7), Outcome.failed(REQUEST, "HTTP 500: no"), Outcome.failed(REQUEST, "HTTP 500: no"));
        var metrics = ServingMetrics.of(outcomes, 3, 0.5, COUNTER, Goodput.of(List.of("ttft:150")), true);
        assertThat(metrics.completed()).isEqualTo(2);
        assertThat(metrics.failed()).isEqualTo(2);
        assertThat(metrics.failures()).containsExactly(Map.entry("HTTP 500: no", 2));
        assertThat(metrics.unfinished()).isEqualTo(3);
        assertThat(metrics.totalInput()).isEqualTo(15);
        assertThat(metrics.totalOutput()).isEqualTo(9);
        assertThat(metrics.countedBy()).isEqualTo("server");
        assertThat(metrics.requestThroughput()).isEqualTo(4);
        assertThat(metrics.inputThroughput()).isEqualTo(30);
        assertThat(metrics.outputThroughput()).isEqualTo(18);
        assertThat(metrics.totalThroughput()).isEqualTo(48);
        assertThat(metrics.concurrency()).isCloseTo((0.230 + 0.290) / 0.5, within(1e-9));
        assertThat(metrics.e2e().mean()).isCloseTo(260, within(1e-6));
        assertThat(metrics.ttft().mean()).isCloseTo(150, within(1e-6));
        assertThat(metrics.ttft().std()).isCloseTo(50, within(1e-6));
        // (230 - 100) / 3 and (290 - 200) / 4
        assertThat(metrics.tpot().mean()).isCloseTo((130.0 / 3 + 90.0 / 4) / 2, within(1e-6));
        // 20, 40, 60, and three times 30
        assertThat(metrics.itl().mean()).isCloseTo(35, within(1e-6));
        assertThat(metrics.itl().median()).isCloseTo(30, within(1e-6));
        assertThat(metrics.itl().max()).isCloseTo(60, within(1e-6));
        assertThat(metrics.goodRequests()).isEqualTo(1);
        assertThat(metrics.goodput()).hasValue(2);
    }

    @Test
    void goodputNeedsEveryLimitKept() {
        var outcomes = List.of(streamed(0), ofGenerate(0));
        assertThat(good(outcomes, "ttft:250", "tpot:30")).isEqualTo(1);
        assertThat(good(outcomes, "ttft:99")).isZero();
        assertThat(good(outcomes, "ttft:200", "tpot:44", "e2e:290")).isEqualTo(2);
        assertThat(good(outcomes, "e2e:231")).isEqualTo(1);
    }

    private static int good(List<Outcome> outcomes, String... limits) {
        return ServingMetrics.of(outcomes, 0, 1, COUNTER, Goodput.of(List.of(limits)), true).goodRequests();
    }

    @Test
    void charactersCountWhereNobodyElseDoes() {
        var watch = new Stopwatch(REQUEST, 0);
        watch.event(token("twelve chars"), 10 * MS);
        watch.event(token("5char"), 20 * MS);
        watch.done(20 * MS);
        var metrics = ServingMetrics.of(List.of(watch.outcome()), 0, 1, COUNTER, Goodput.of(List.of()), true);
        assertThat(metrics.totalInput()).isEqualTo(2);
        assertThat(metrics.totalOutput()).isEqualTo(5);
        assertThat(metrics.countedBy()).isEqualTo("characters / 4 (estimated)");
        assertThat(metrics.goodput()).isEmpty();
    }

    @Test
    void wholeAnswersHaveNoTimePerToken() {
        var watch = new Stopwatch(REQUEST, 0);
        watch.whole(new Delta("abc", OptionalInt.empty(), OptionalInt.of(3), OptionalInt.of(7), true), 80 * MS);
        var metrics = ServingMetrics.of(List.of(watch.outcome()), 0, 1, COUNTER, Goodput.of(List.of()), false);
        assertThat(metrics.e2e().mean()).isCloseTo(80, within(1e-6));
        assertThat(metrics.ttft().mean()).isCloseTo(80, within(1e-6));
        assertThat(metrics.tpot().mean()).isZero();
        assertThat(metrics.totalOutput()).isEqualTo(7);
    }

    @Test
    void aStreamWithoutAnEndIsAFailure() {
        var watch = new Stopwatch(REQUEST, 0);
        watch.event(token("a"), MS);
        watch.event(token("b"), 2 * MS);
        assertThat(watch.outcome().error()).hasValueSatisfying(error -> assertThat(error).contains("broke off after 2"));
    }
}
