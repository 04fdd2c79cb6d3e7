package io.gatun.server.bench.serving;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * What a run came to, in SGLang's terms.
 *
 * @param failures messages of failed requests and how often each came, in the order of the requests
 * @param unfinished requests that were sent or to be sent when the run was ended early
 * @param duration seconds
 * @param retokenized output tokens as the client's tokenizer counts them, where it has one
 * @param countedBy who counted tokens
 * @param goodput good requests a second, where limits were set
 * @param goodRequests how many were good, where limits were set
 */
record ServingMetrics(int completed, Map<String, Integer> failures, int unfinished, double duration, long totalInput, long totalOutput,
        OptionalInt retokenized, String countedBy, Spread e2e, Spread ttft, Spread tpot, Spread itl, double concurrency, int goodRequests,
        OptionalDouble goodput) {

    static ServingMetrics of(List<Outcome> outcomes, int unfinished, double duration, TokenCounter counter, Goodput limits, boolean streamed) {
        var successes = outcomes.stream().filter(Outcome::succeeded).toList();
        var measured = successes.stream().map(outcome -> Measured.of(outcome, counter, streamed)).toList();
        var failures = outcomes.stream().flatMap(outcome -> outcome.error().stream())
                .collect(Collectors.toMap(message -> message, message -> 1, Integer::sum, LinkedHashMap::new));
        var latencies = measured.stream().map(Measured::latency).toList();
        int good = limits.isAsked() ? (int) measured.stream().filter(limits::isGood).count() : 0;
        var retokenized = counter.tokenizer().isPresent() ? OptionalInt.of(successes.stream().mapToInt(outcome -> counter.count(outcome.text())).sum())
                : OptionalInt.empty();
        return new ServingMetrics(successes.size(), failures, unfinished, duration, measured.stream().mapToLong(Measured::inputTokens).sum(),
                measured.stream().mapToLong(Measured::outputTokens).sum(), retokenized, counter.counted(successes), Spread.ofSeconds(latencies),
                Spread.ofSeconds(measured.stream().flatMap(m -> m.ttft().stream().boxed()).toList()),
                Spread.ofSeconds(measured.stream().flatMap(m -> m.tpot().stream().boxed()).toList()),
                Spread.ofSeconds(measured.stream().flatMap(m -> m.itl().stream()).toList()),
                latencies.stream().mapToDouble(Double::doubleValue).sum() / duration, good,
                limits.isAsked() ? OptionalDouble.of(good / duration) : OptionalDouble.empty());
    }

    int failed() {
        return failures.values().stream().mapToInt(Integer::intValue).sum();
    }

    double requestThroughput() {
        return completed / duration;
    }

    double inputThroughput() {
        return totalInput / duration;
    }

    double outputThroughput() {
        return totalOutput / duration;
    }

    double totalThroughput() {
        return (totalInput + totalOutput) / duration;
    }
}
