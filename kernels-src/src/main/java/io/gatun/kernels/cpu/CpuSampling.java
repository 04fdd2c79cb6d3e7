package io.gatun.kernels.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.gatun.kernels.LogitsExpression;
import io.gatun.kernels.PenaltyBatch;
import io.gatun.kernels.SamplingBatch;
import io.gatun.kernels.SamplingKernels;
import io.gatun.kernels.SamplingNoise;
import io.gatun.memory.Tensor;

final class CpuSampling implements SamplingKernels {
    private final Lanes lanes;
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final CpuPenalties penalties;
    private final CpuLogprobs logprobs;
    private final TokenFilter[] filters;
    private final WorkerPool.RangeTask argmaxRows = this::argmaxRows;
    private final WorkerPool.RangeTask sampleRows = this::sampleRows;
    private final WorkerPool.RangeTask applyRows = this::applyRows;
    private Tensor logits;
    private SamplingBatch batch;
    private LogitsExpression expression;
    private int step;
    private Tensor out;

    CpuSampling(Lanes lanes, Rows rows, WorkerPool pool, Scratch scratch) {
        this.lanes = lanes;
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
        penalties = new CpuPenalties(rows, pool, scratch);
        logprobs = new CpuLogprobs(lanes, rows, pool, scratch);
        filters = new TokenFilter[pool.threads()];
        for (int thread = 0; thread < filters.length; thread++) {
            filters[thread] = new TokenFilter();
        }
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
        penalties.penalize(logits, batch, out);
    }

    @Override
    public void count(Tensor counts, Tensor slots, Tensor ids, Counting what) {
        penalties.count(counts, slots, ids, what);
    }

    @Override
    public void logprobs(Tensor logits, Tensor ids, Tensor out) {
        logprobs.logprobs(logits, ids, out);
    }

    @Override
    public void topLogprobs(Tensor logits, int k, Tensor ids, Tensor values) {
        logprobs.topLogprobs(logits, k, ids, values);
    }

    @Override
    public void apply(LogitsExpression expression, Tensor logits, int step) {
        this.expression = expression;
        this.logits = logits;
        this.step = step;
        pool.run(4 * logits.elements(), logits.rows(), 1, applyRows);
    }

    private void argmaxRows(int from, int to, int thread) {
        int vocabulary = logits.cols();
        float[] row = scratch.own(thread, vocabulary);
        for (int b = from; b < to; b++) {
            rows.read(logits, b, 0, vocabulary, row, 0);
            out.segment().set(JAVA_INT_UNALIGNED, 4L * b, Logits.argmax(row, vocabulary));
        }
    }

    private void sampleRows(int from, int to, int thread) {
        int vocabulary = logits.cols();
        float[] row = scratch.own(thread, 2 * vocabulary);
        for (int b = from; b < to; b++) {
            rows.read(logits, b, 0, vocabulary, row, 0);
            out.segment().set(JAVA_INT_UNALIGNED, 4L * b, sample(row, vocabulary, b, filters[thread]));
        }
    }

    private int sample(float[] row, int vocabulary, int b, TokenFilter filter) {
        int likeliest = Logits.argmax(row, vocabulary);
        float temperature = Rows.floatAt(batch.temperature(), b);
        float top = row[likeliest];
        if (temperature == 0 || Float.isNaN(top) || Float.isInfinite(top)) {
            return likeliest;
        }
        Logits.weigh(lanes, row, vocabulary, top, temperature);
        float lowest = filter.lowest(row, vocabulary, top, temperature, Rows.intAt(batch.topK(), b), Rows.floatAt(batch.topP(), b),
                Rows.floatAt(batch.minP(), b));
        long seed = batch.seeds().segment().get(JAVA_LONG_UNALIGNED, 8L * b);
        return draw(row, vocabulary, lowest, seed, Rows.intAt(batch.steps(), b), likeliest);
    }

    private static int draw(float[] row, int vocabulary, float lowest, long seed, int step, int likeliest) {
        int drawn = likeliest;
        float best = -1;
        for (int id = 0; id < vocabulary; id++) {
            if (row[id] >= lowest) {
                float weight = row[vocabulary + id];
                float uniform = SamplingNoise.uniform(seed, step, id);
                if (weight / uniform > best) { // the exponential number is no smaller and takes far longer
                    float score = weight / SamplingNoise.exponential(uniform);
                    if (score > best) {
                        best = score;
                        drawn = id;
                    }
                }
            }
        }
        return drawn;
    }

    private void applyRows(int from, int to, int thread) {
        int vocabulary = logits.cols();
        float[] row = scratch.own(thread, vocabulary);
        for (int b = from; b < to; b++) {
            rows.read(logits, b, 0, vocabulary, row, 0);
            for (int id = 0; id < vocabulary; id++) {
                row[id] = expression.java().apply(row[id], id, step);
            }
            rows.write(row, 0, vocabulary, logits, b, 0);
        }
    }
}
