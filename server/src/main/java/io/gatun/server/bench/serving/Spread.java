package io.gatun.server.bench.serving;

import java.util.Arrays;
import java.util.List;

/** How times spread, in milliseconds; all 0 where there are none. Percentiles lie between samples as NumPy's do. */
final class Spread {
    private final double[] sorted;

    private Spread(double[] sorted) {
        this.sorted = sorted;
    }

    static Spread ofSeconds(List<Double> seconds) {
        return new Spread(seconds.stream().mapToDouble(s -> s * 1000).sorted().toArray());
    }

    double mean() {
        return Arrays.stream(sorted).average().orElse(0);
    }

    double median() {
        return percentile(50);
    }

    /** Of the samples themselves, not an estimate of what they were drawn from. */
    double std() {
        double mean = mean();
        return Math.sqrt(Arrays.stream(sorted).map(x -> (x - mean) * (x - mean)).average().orElse(0));
    }

    double max() {
        return sorted.length == 0 ? 0 : sorted[sorted.length - 1];
    }

    double percentile(double percent) {
        if (sorted.length == 0) {
            return 0;
        }
        double place = (sorted.length - 1) * percent / 100;
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
