package io.gatun.kernels.cpu;

/** What is asked of a row of logits more than once. */
final class Logits {
    private Logits() {
    }

    /** The place of the largest of {@code n}, the first of equal ones; NaN counts as less than any number. */
    static int argmax(float[] row, int n) {
        int best = 0;
        for (int i = 1; i < n; i++) {
            if (row[i] > row[best] || Float.isNaN(row[best]) && !Float.isNaN(row[i])) {
                best = i;
            }
        }
        return best;
    }

    /** Writes behind {@code n} logits what each has of the probability of {@code top}, the largest; next to nothing for NaN and negative infinity. */
    static void weigh(Lanes lanes, float[] row, int n, float top, float temperature) {
        for (int i = 0; i < n; i++) {
            row[n + i] = row[i] > Float.NEGATIVE_INFINITY ? (row[i] - top) / temperature : Float.NEGATIVE_INFINITY;
        }
        lanes.exp(row, n, n, 1, 0);
    }
}
