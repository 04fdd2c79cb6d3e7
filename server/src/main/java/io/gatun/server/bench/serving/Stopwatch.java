package io.gatun.server.bench.serving;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Times one answer, as SGLang's bench_serving does: an event's tokens share the time since the event before it. */
final class Stopwatch {
    private final ServingRequest request;
    private final long start;
    private final StringBuilder text = new StringBuilder();
    private final List<Double> itl = new ArrayList<>();
    private OptionalDouble ttft = OptionalDouble.empty();
    private OptionalInt promptTokens = OptionalInt.empty();
    private OptionalInt completionTokens = OptionalInt.empty();
    private long lastToken;
    private long lastEvent;
    private int tokensSoFar;
    private boolean ended;

    /** @param start of the request, in {@link System#nanoTime()} */
    Stopwatch(ServingRequest request, long start) {
        this.request = request;
        this.start = start;
        lastEvent = start;
    }

    /** An event of a stream. */
    void event(Delta delta, long now) {
        int tokens = delta.tokensSoFar().isPresent() ? delta.tokensSoFar().getAsInt() - tokensSoFar : delta.text().isEmpty() ? 0 : 1;
        if (tokens > 0) {
            if (ttft.isEmpty()) {
                ttft = OptionalDouble.of(seconds(start, now));
            } else {
                for (int i = 0; i < tokens; i++) {
                    itl.add(seconds(lastToken, now) / tokens);
                }
            }
            lastToken = now;
            tokensSoFar += tokens;
        }
        note(delta, now);
    }

    /** An answer that came at once: its first token is as late as its last. */
    void whole(Delta delta, long now) {
        ttft = OptionalDouble.of(seconds(start, now));
        note(delta, now);
        ended = true;
    }

    /** The mark that ends a stream. */
    void done(long now) {
        lastEvent = now;
        ended = true;
    }

    /** What was measured; a failure if the answer did not come to its end. */
    Outcome outcome() {
        if (!ended) {
            return Outcome.failed(request, "the stream broke off after " + itlAndFirst() + " of its tokens, with neither a finish_reason nor [DONE]");
        }
        return new Outcome(request, Optional.empty(), seconds(start, lastEvent), ttft, List.copyOf(itl), text.toString(), promptTokens, completionTokens);
    }

    private int itlAndFirst() {
        return itl.size() + (ttft.isPresent() ? 1 : 0);
    }

    private void note(Delta delta, long now) {
        text.append(delta.text());
        promptTokens = delta.promptTokens().isPresent() ? delta.promptTokens() : promptTokens;
        completionTokens = delta.completionTokens().isPresent() ? delta.completionTokens() : completionTokens;
        lastEvent = now;
        ended |= delta.last();
    }

    private static double seconds(long from, long to) {
        return (to - from) / 1e9;
    }
}
