package io.gatun.kernels.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.gatun.kernels.SamplingKernels;
import io.gatun.memory.Tensor;

final class CpuSampling implements SamplingKernels {
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask argmaxRows = this::argmaxRows;
    private Tensor logits;
    private Tensor out;

    CpuSampling(Rows rows, WorkerPool pool, Scratch scratch) {
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    @Override
    public void argmax(Tensor logits, Tensor out) {
        Require.indices("argmax", "out", out, logits.rows());
        this.logits = logits;
        this.out = out;
        pool.run(logits.elements(), logits.rows(), 1, argmaxRows);
    }

    private void argmaxRows(int from, int to, int thread) {
        int vocabulary = logits.cols();
        float[] row = scratch.own(thread, vocabulary);
        for (int b = from; b < to; b++) {
            rows.read(logits, b, 0, vocabulary, row, 0);
            out.segment().set(JAVA_INT_UNALIGNED, 4L * b, argmax(row, vocabulary));
        }
    }

    private static int argmax(float[] row, int n) {
        int best = 0;
        for (int i = 1; i < n; i++) {
            if (row[i] > row[best] || Float.isNaN(row[best]) && !Float.isNaN(row[i])) {
                best = i;
            }
        }
        return best;
    }
}
