package io.gatun.kernels.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.gatun.kernels.SamplingKernels;
import io.gatun.memory.Tensor;

/** Log softmax of rows of logits, at a given place and at the likeliest ones. */
final class CpuLogprobs {
    private final Lanes lanes;
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask chosenRows = this::chosenRows;
    private final WorkerPool.RangeTask topRows = this::topRows;
    private Tensor logits;
    private Tensor ids;
    private Tensor values;

    CpuLogprobs(Lanes lanes, Rows rows, WorkerPool pool, Scratch scratch) {
        this.lanes = lanes;
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    void logprobs(Tensor logits, Tensor ids, Tensor out) {
        Require.indices("logprobs", "ids", ids, logits.rows());
        this.logits = logits;
        this.ids = ids;
        this.values = out;
        pool.run(8 * logits.elements(), logits.rows(), 1, chosenRows);
    }

    void topLogprobs(Tensor logits, int k, Tensor ids, Tensor values) {
        if (k < 1 || k > SamplingKernels.MAX_TOP_LOGPROBS) {
            throw new IllegalArgumentException("topLogprobs: k is " + k + " but must be 1 to " + SamplingKernels.MAX_TOP_LOGPROBS);
        }
        Require.cols("topLogprobs", "ids", ids, k);
        Require.cols("topLogprobs", "values", values, k);
        this.logits = logits;
        this.ids = ids;
        this.values = values;
        pool.run(8 * logits.elements(), logits.rows(), 1, topRows);
    }

    private void chosenRows(int from, int to, int thread) {
        int vocabulary = logits.cols();
        float[] row = scratch.own(thread, 2 * vocabulary);
        for (int b = from; b < to; b++) {
            rows.read(logits, b, 0, vocabulary, row, 0);
            int id = Require.index("logprobs", "token", Rows.intAt(ids, b), vocabulary);
            float top = row[Logits.argmax(row, vocabulary)];
            values.segment().set(JAVA_FLOAT_UNALIGNED, 4L * b, (float) ((double) row[id] - top - logSum(row, vocabulary, top)));
        }
    }

    private void topRows(int from, int to, int thread) {
        int vocabulary = logits.cols();
        int k = values.cols();
        float[] row = scratch.own(thread, 2 * vocabulary);
        for (int b = from; b < to; b++) {
            rows.read(logits, b, 0, vocabulary, row, 0);
            int count = keepLargest(row, vocabulary, k, b);
            float top = count > 0 ? valueAt(b, 0) : Float.NEGATIVE_INFINITY;
            double logSum = logSum(row, vocabulary, top);
            for (int i = 0; i < k; i++) {
                put(b, i, i < count ? idAt(b, i) : -1, i < count ? (float) ((double) valueAt(b, i) - top - logSum) : Float.NEGATIVE_INFINITY);
            }
        }
    }

    /** Leaves the largest logits with their ids in the results, sorted by insertion, and returns how many there are. */
    private int keepLargest(float[] row, int vocabulary, int k, int b) {
        int count = 0;
        float smallest = Float.NEGATIVE_INFINITY;
        for (int id = 0; id < vocabulary; id++) {
            if (row[id] > smallest) {
                int at = count < k ? count++ : k - 1;
                for (; at > 0 && valueAt(b, at - 1) < row[id]; at--) {
                    put(b, at, idAt(b, at - 1), valueAt(b, at - 1));
                }
                put(b, at, id, row[id]);
                smallest = count < k ? Float.NEGATIVE_INFINITY : valueAt(b, k - 1);
            }
        }
        return count;
    }

    /** The logarithm of the sum of exp(x - top). */
    private double logSum(float[] row, int n, float top) {
        Logits.weigh(lanes, row, n, top, 1);
        double sum = 0;
        for (int i = n; i < 2 * n; i++) {
            sum += row[i];
        }
        return Math.log(sum);
    }

    private void put(int b, int rank, int id, float value) {
        ids.segment().set(JAVA_INT_UNALIGNED, 4 * (b * ids.rowStride() + rank), id);
        values.segment().set(JAVA_FLOAT_UNALIGNED, 4 * (b * values.rowStride() + rank), value);
    }

    private int idAt(int b, int rank) {
        return Rows.intAt(ids, b * ids.rowStride() + rank);
    }

    private float valueAt(int b, int rank) {
        return Rows.floatAt(values, b * values.rowStride() + rank);
    }
}
