package io.gatun.server.bench;

import io.gatun.server.UsageException;
import io.gatun.server.bench.RunFile.PromptRun;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * How far two runs of one prompt are apart.
 *
 * @param maxDelta the largest difference of a prefill logit
 * @param topOverlap how many of the five likeliest ids are the same
 * @param firstDifferent the first new token that differs, from 0
 * @param comparedIds how many new tokens both have
 */
record Comparison(float maxDelta, int topOverlap, OptionalInt firstDifferent, int comparedIds) {
    private static final int TOP = 5;

    /** Compares prompt {@code index} of a reference and a run. */
    static Comparison of(int index, PromptRun expected, PromptRun actual) {
        if (!Arrays.equals(expected.inputIds(), actual.inputIds())) {
            throw new UsageException("prompt " + index + " has the ids " + Arrays.toString(expected.inputIds()) + " in the reference, but "
                    + Arrays.toString(actual.inputIds()) + " in the run");
        }
        if (expected.prefillLogits().length != actual.prefillLogits().length) {
            throw new UsageException("prompt " + index + " has " + expected.prefillLogits().length + " logits in the reference, but "
                    + actual.prefillLogits().length + " in the run");
        }
        float max = 0;
        for (int i = 0; i < expected.prefillLogits().length; i++) {
            float delta = Math.abs(expected.prefillLogits()[i] - actual.prefillLogits()[i]);
            max = Float.isNaN(delta) ? Float.POSITIVE_INFINITY : Math.max(max, delta);
        }
        int common = Math.min(expected.outputIds().length, actual.outputIds().length);
        var different = IntStream.range(0, common).filter(i -> expected.outputIds()[i] != actual.outputIds()[i]).findFirst();
        int overlap = (int) top(expected.prefillLogits()).stream().filter(top(actual.prefillLogits())::contains).count();
        return new Comparison(max, overlap, different, common);
    }

    private static List<Integer> top(float[] logits) {
        return IntStream.range(0, logits.length).boxed().sorted((a, b) -> Float.compare(logits[b], logits[a])).limit(TOP).toList();
    }
}
