package io.gatun.server.bench.serving;

import io.gatun.server.UsageException;
import java.util.OptionalInt;
import java.util.Random;

/**
 * When requests are sent.
 *
 * @param requestRate requests a second on average; infinity sends all at once
 * @param maxConcurrency the most at a time; a request that must wait for its turn is not timed before
 * @param seed of the arrivals
 */
record LoadPlan(double requestRate, OptionalInt maxConcurrency, long seed) {

    LoadPlan {
        if (!(requestRate > 0)) {
            throw new UsageException("--request-rate is " + requestRate + "; it must be above 0, or inf");
        }
        if (maxConcurrency.isPresent() && maxConcurrency.getAsInt() < 1) {
            throw new UsageException("--max-concurrency is " + maxConcurrency.getAsInt() + "; it must be at least 1");
        }
    }

    /** When each of {@code count} requests arrives, in seconds after the first: a Poisson process. */
    double[] arrivals(int count) {
        double[] arrivals = new double[count];
        if (!Double.isInfinite(requestRate)) {
            var random = new Random(seed);
            for (int i = 1; i < count; i++) {
                arrivals[i] = arrivals[i - 1] - Math.log1p(-random.nextDouble()) / requestRate;
            }
        }
        return arrivals;
    }
}
