package io.gatun.server.bench.serving;

import java.util.List;
import java.util.OptionalDouble;

/**
 * A successful request with its tokens counted. Times in seconds.
 *
 * @param tpot the time of each token after the first; empty where there is none, or where the answer came at once
 */
record Measured(int inputTokens, int outputTokens, double latency, OptionalDouble ttft, OptionalDouble tpot, List<Double> itl) {

    static Measured of(Outcome outcome, TokenCounter counter, boolean streamed) {
        int output = counter.output(outcome);
        var tpot = streamed && output > 1 && outcome.ttft().isPresent()
                ? OptionalDouble.of((outcome.latency() - outcome.ttft().getAsDouble()) / (output - 1)) : OptionalDouble.empty();
        return new Measured(counter.input(outcome), output, outcome.latency(), outcome.ttft(), tpot, outcome.itl());
    }
}
