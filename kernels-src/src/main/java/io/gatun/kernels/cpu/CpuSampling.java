package io.gatun.kernels.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.gatun.kernels.LogitsExpression;
import io.gatun.kernels.PenaltyBatch;
import io.gatun.kernels.SamplingBatch;
import io.gatun.kernels.SamplingKernels;
import io.gatun.kernels.SamplingNoise;
import io.gatun.memory.Tensor;

final class CpuSampling implements SamplingKernels {
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask argmaxRows = this::argmaxRows;
    private final WorkerPool.RangeTask sampleRows = this::sampleRows;
    private Tensor logits;
    private SamplingBatch batch;
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

    @Override
    public void sample(Tensor logits, SamplingBatch batch, Tensor out) {
        Require.indices("sample", "out", out, logits.rows());
        this.logits = logits;
        this.batch = batch;
        this.out = out;
        pool.run(16 * logits.elements(), logits.rows(), 1, sampleRows);
    }

    @Override
    public void penalize(Tensor logits, PenaltyBatch batch, Tensor out) {
        int vocabulary = logits.cols();
        float[] row = scratch.own(0, vocabulary);
        for (int b = 0; b < logits.rows(); b++) {
            rows.read(logits, b, 0, vocabulary, row, 0);
            int slot = Rows.intAt(batch.slots(), b);
            if (slot >= 0) {
                penalize(row, vocabulary, batch, b, slot);
            }
            for (int i = Rows.intAt(batch.biasStart(), b); i < Rows.intAt(batch.biasStart(), b + 1); i++) {
                int id = Require.index("penalize", "biased token", Rows.intAt(batch.biasIds(), i), vocabulary);
                row[id] += floatAt(batch.biasValues(), i);
            }
            rows.write(row, 0, vocabulary, out, b, 0);
        }
    }

    @Override
    public void count(Tensor counts, Tensor slots, Tensor ids, Counting what) {
        int vocabulary = counts.cols();
        for (int i = 0; i < ids.elements(); i++) {
            int slot = Rows.intAt(slots, i);
            if (slot >= 0) {
                long at = 4 * (slot * counts.rowStride() + Require.index("count", "token", Rows.intAt(ids, i), vocabulary));
                int old = counts.segment().get(JAVA_INT_UNALIGNED, at);
                counts.segment().set(JAVA_INT_UNALIGNED, at, what == Counting.PROMPT ? old | IN_PROMPT : old + 1);
            }
        }
    }

    @Override
    public void logprobs(Tensor logits, Tensor ids, Tensor out) {
        int vocabulary = logits.cols();
        float[] row = scratch.own(0, vocabulary);
        for (int b = 0; b < logits.rows(); b++) {
            rows.read(logits, b, 0, vocabulary, row, 0);
            int id = Require.index("logprobs", "token", Rows.intAt(ids, b), vocabulary);
            out.segment().set(JAVA_FLOAT_UNALIGNED, 4L * b, (float) (row[id] - logSumExp(row, vocabulary)));
        }
    }

    @Override
    public void topLogprobs(Tensor logits, int k, Tensor ids, Tensor values) {
        int vocabulary = logits.cols();
        float[] row = scratch.own(0, vocabulary);
        for (int b = 0; b < logits.rows(); b++) {
            rows.read(logits, b, 0, vocabulary, row, 0);
            double sum = logSumExp(row, vocabulary);
            for (int i = 0; i < k; i++) {
                int best = argmax(row, vocabulary);
                boolean some = row[best] > Float.NEGATIVE_INFINITY;
                ids.segment().set(JAVA_INT_UNALIGNED, 4 * (b * ids.rowStride() + i), some ? best : -1);
                values.segment().set(JAVA_FLOAT_UNALIGNED, 4 * (b * values.rowStride() + i),
                        some ? (float) (row[best] - sum) : Float.NEGATIVE_INFINITY);
                row[best] = Float.NaN;
            }
        }
    }

    @Override
    public void apply(LogitsExpression expression, Tensor logits, int step) {
        int vocabulary = logits.cols();
        float[] row = scratch.own(0, vocabulary);
        for (int b = 0; b < logits.rows(); b++) {
            rows.read(logits, b, 0, vocabulary, row, 0);
            for (int id = 0; id < vocabulary; id++) {
                row[id] = expression.java().apply(row[id], id, step);
            }
            rows.write(row, 0, vocabulary, logits, b, 0);
        }
    }

    private void argmaxRows(int from, int to, int thread) {
        int vocabulary = logits.cols();
        float[] row = scratch.own(thread, vocabulary);
        for (int b = from; b < to; b++) {
            rows.read(logits, b, 0, vocabulary, row, 0);
            out.segment().set(JAVA_INT_UNALIGNED, 4L * b, argmax(row, vocabulary));
        }
    }

    private void sampleRows(int from, int to, int thread) {
        int vocabulary = logits.cols();
        float[] row = scratch.own(thread, vocabulary);
        for (int b = from; b < to; b++) {
            rows.read(logits, b, 0, vocabulary, row, 0);
            out.segment().set(JAVA_INT_UNALIGNED, 4L * b, sample(row, vocabulary, b));
        }
    }

    private int sample(float[] row, int vocabulary, int b) {
        int likeliest = argmax(row, vocabulary);
        float temperature = floatAt(batch.temperature(), b);
        float top = row[likeliest];
        if (temperature == 0 || Float.isNaN(top) || Float.isInfinite(top)) {
            return likeliest;
        }
        float inverse = 1 / temperature;
        float lowest = new TokenFilter(row, vocabulary, top, inverse).lowest(Rows.intAt(batch.topK(), b), floatAt(batch.topP(), b), floatAt(batch.minP(), b));
        long key = SamplingNoise.key(batch.seeds().segment().get(JAVA_LONG_UNALIGNED, 8L * b), Rows.intAt(batch.steps(), b));
        int drawn = likeliest;
        float best = Float.NEGATIVE_INFINITY;
        for (int id = 0; id < vocabulary; id++) {
            if (row[id] >= lowest && row[id] > Float.NEGATIVE_INFINITY) {
                float score = (row[id] - top) * inverse - (float) Math.log(SamplingNoise.exponential(key, id));
                if (score > best) {
                    best = score;
                    drawn = id;
                }
            }
        }
        return drawn;
    }

    private static void penalize(float[] row, int vocabulary, PenaltyBatch batch, int b, int slot) {
        float repetition = floatAt(batch.repetition(), b);
        float frequency = floatAt(batch.frequency(), b);
        float presence = floatAt(batch.presence(), b);
        for (int id = 0; id < vocabulary; id++) {
            int count = Rows.intAt(batch.counts(), slot * batch.counts().rowStride() + id);
            if (count != 0) {
                float x = row[id] > 0 ? row[id] / repetition : row[id] * repetition;
                int generated = count & IN_PROMPT - 1;
                row[id] = generated == 0 ? x : x - frequency * generated - presence;
            }
        }
    }

    private static double logSumExp(float[] row, int n) {
        float top = row[argmax(row, n)];
        if (Float.isInfinite(top)) {
            return top;
        }
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += Float.isNaN(row[i]) ? 0 : Math.exp(row[i] - top);
        }
        return top + Math.log(sum);
    }

    private static float floatAt(Tensor source, long i) {
        return source.segment().get(JAVA_FLOAT_UNALIGNED, 4 * i);
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
