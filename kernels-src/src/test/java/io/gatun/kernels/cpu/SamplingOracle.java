package io.gatun.kernels.cpu;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Filters and probabilities by sorting, in fp64, in the order of Hugging Face's warpers: temperature, top k, top p, min p. */
record SamplingOracle(double temperature, int topK, double topP, double minP) {

    /** The numbers above negative infinity, largest first. */
    private static double[] descending(float[] logits) {
        double[] sorted = IntStream.range(0, logits.length).mapToDouble(i -> -logits[i]).filter(x -> x < Double.POSITIVE_INFINITY).sorted().toArray();
        return Arrays.stream(sorted).map(x -> -x).toArray();
    }

    /** The lowest logit that stays. */
    double lowest(float[] logits) {
        double[] sorted = descending(logits);
        int kept = topK > 0 ? Math.min(topK, sorted.length) : sorted.length;
        kept = withTies(sorted, kept);
        double mass = 0;
        for (int i = 0; i < kept; i++) {
            mass += weight(sorted, i);
        }
        if (topP < 1) {
            double reached = weight(sorted, 0);
            int last = 0;
            while (last < kept - 1 && reached < topP * mass) {
                reached += weight(sorted, ++last);
            }
            kept = withTies(sorted, last + 1);
        }
        while (kept > 1 && weight(sorted, kept - 1) < minP) {
            kept--;
        }
        return sorted[kept - 1];
    }

    /** Each token's probability of being drawn. */
    double[] probabilities(float[] logits) {
        double lowest = lowest(logits);
        double top = descending(logits)[0];
        double[] weights = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            weights[i] = logits[i] >= lowest ? Math.exp((logits[i] - top) / temperature) : 0;
        }
        double mass = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(w -> w / mass).toArray();
    }

    private double weight(double[] sorted, int i) {
        return Math.exp((sorted[i] - sorted[0]) / temperature);
    }

    private static int withTies(double[] sorted, int count) {
        int kept = count;
        while (kept < sorted.length && sorted[kept] == sorted[count - 1]) {
            kept++;
        }
        return kept;
    }
}
