package io.gatun.server.http;

import java.util.HashMap;
import java.util.Map;

/** Measures the time between the tokens of streams. */
public final class StreamClock {
    private final ServerMetrics metrics;
    private final Map<Integer, Long> last = new HashMap<>();

    public StreamClock(ServerMetrics metrics) {
        this.metrics = metrics;
    }

    /** So many tokens of an output have come now. */
    public void came(int output, int tokens) {
        if (tokens > 0) {
            long now = System.nanoTime();
            var before = last.put(output, now);
            if (before != null) {
                metrics.between((now - before) / 1e9, tokens);
            }
        }
    }
}
