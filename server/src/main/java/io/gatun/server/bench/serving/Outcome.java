package io.gatun.server.bench.serving;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What came of a request. All times in seconds.
 *
 * @param error what went wrong; empty for a success
 * @param latency from sending to the last event
 * @param ttft from sending to the first token; empty where none came
 * @param itl between one token and the next, as far as events tell them apart
 * @param text the output
 * @param promptTokens the server's count
 * @param completionTokens the server's count
 */
record Outcome(ServingRequest request, Optional<String> error, double latency, OptionalDouble ttft, List<Double> itl, String text,
        OptionalInt promptTokens, OptionalInt completionTokens) {

    static Outcome failed(ServingRequest request, String error) {
        return new Outcome(request, Optional.of(error), 0, OptionalDouble.empty(), List.of(), "", OptionalInt.empty(), OptionalInt.empty());
    }

    boolean succeeded() {
        return error.isEmpty();
    }
}
