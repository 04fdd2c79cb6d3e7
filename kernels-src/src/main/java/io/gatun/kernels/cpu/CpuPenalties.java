package io.gatun.kernels.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.gatun.kernels.PenaltyBatch;
import io.gatun.kernels.SamplingKernels;
import io.gatun.kernels.SamplingKernels.Counting;
import io.gatun.memory.Tensor;

/** Penalties and biases, and the counts of tokens that they depend on. */
final class CpuPenalties {
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask penalizeRows = this::penalizeRows;
    private Tensor logits;
    private PenaltyBatch batch;
    private Tensor out;

    CpuPenalties(Rows rows, WorkerPool pool, Scratch scratch) {
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    void penalize(Tensor logits, PenaltyBatch batch, Tensor out) {
        Require.rows("penalize", "out", out, logits.rows());
        Require.cols("penalize", "out", out, logits.cols());
        Require.cols("penalize", "counts", batch.counts(), logits.cols());
        this.logits = logits;
        this.batch = batch;
        this.out = out;
        pool.run(4 * logits.elements(), logits.rows(), 1, penalizeRows);
    }

    void count(Tensor counts, Tensor slots, Tensor ids, Counting what) {
        for (int i = 0; i < ids.elements(); i++) {
            int slot = Rows.intAt(slots, i);
            if (slot >= 0) {
                long at = 4 * (slot * counts.rowStride() + Require.index("count", "token", Rows.intAt(ids, i), counts.cols()));
                int old = counts.segment().get(JAVA_INT_UNALIGNED, at);
                counts.segment().set(JAVA_INT_UNALIGNED, at, what == Counting.PROMPT ? old | SamplingKernels.IN_PROMPT : old + 1);
            }
        }
    }

    private void penalizeRows(int from, int to, int thread) {
        int vocabulary = logits.cols();
        float[] row = scratch.own(thread, vocabulary);
        for (int b = from; b < to; b++) {
            rows.read(logits, b, 0, vocabulary, row, 0);
            penalize(row, vocabulary, b);
            for (int i = Rows.intAt(batch.biasStart(), b); i < Rows.intAt(batch.biasStart(), b + 1); i++) {
                row[Require.index("penalize", "biased token", Rows.intAt(batch.biasIds(), i), vocabulary)] += Rows.floatAt(batch.biasValues(), i);
            }
            rows.write(row, 0, vocabulary, out, b, 0);
        }
    }

    private void penalize(float[] row, int vocabulary, int b) {
        int slot = Rows.intAt(batch.slots(), b);
        if (slot < 0) {
            return;
        }
        var counts = batch.counts();
        float repetition = Rows.floatAt(batch.repetition(), b);
        float frequency = Rows.floatAt(batch.frequency(), b);
        float presence = Rows.floatAt(batch.presence(), b);
        for (int id = 0; id < vocabulary; id++) {
            int count = Rows.intAt(counts, slot * counts.rowStride() + id);
            if (count != 0) {
                float x = row[id] > 0 ? row[id] / repetition : row[id] * repetition;
                int generated = count & SamplingKernels.IN_PROMPT - 1;
                row[id] = generated == 0 ? x : x - frequency * generated - presence;
            }
        }
    }
}
