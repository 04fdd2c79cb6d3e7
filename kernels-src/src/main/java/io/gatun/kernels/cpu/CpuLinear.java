package io.gatun.kernels.cpu;

import io.gatun.kernels.LinearKernels;
import io.gatun.memory.Tensor;

/**
 * One row of x reads the weights where they are; several share weight rows that were widened once. Threads divide the output features.
 */
final class CpuLinear implements LinearKernels {
    /** Rows of x that are kept as floats while all weights pass by. */
    private static final int ROWS = 64;
    /** Floats of the weight rows that are widened together; they shall stay in the second-level cache. */
    private static final int PANEL_FLOATS = 32 * 1024;
    private static final int MAX_PANEL = 64;

    private final Lanes lanes;
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask oneRow = this::oneRow;
    private final WorkerPool.RangeTask manyRows = this::manyRows;
    private Tensor weight;
    private Tensor bias;
    private Tensor out;
    private float[] x;
    private int firstRow;
    private int count;

    CpuLinear(Lanes lanes, Rows rows, WorkerPool pool, Scratch scratch) {
        this.lanes = lanes;
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    @Override
    public void linear(Tensor x, Tensor weight, Tensor out) {
        run(x, weight, null, out);
    }

    @Override
    public void linear(Tensor x, Tensor weight, Tensor bias, Tensor out) {
        Require.cols("linear", "bias", bias, weight.dim(0));
        run(x, weight, bias, out);
    }

    private void run(Tensor x, Tensor weight, Tensor bias, Tensor out) {
        int k = weight.cols();
        int n = weight.rows();
        Require.cols("linear", "x", x, k);
        Require.cols("linear", "out", out, n);
        Require.rows("linear", "out", out, x.rows());
        Require.contiguous("linear", "weight", weight);
        this.weight = weight;
        this.bias = bias;
        this.out = out;
        this.x = scratch.shared(Math.multiplyExact(Math.min(ROWS, x.rows()), k));
        for (firstRow = 0; firstRow < x.rows(); firstRow += ROWS) {
            count = Math.min(ROWS, x.rows() - firstRow);
            for (int i = 0; i < count; i++) {
                rows.read(x, firstRow + i, 0, k, this.x, i * k);
            }
            pool.run((long) count * n * k, n, 4, count == 1 ? oneRow : manyRows);
        }
    }

    private void oneRow(int from, int to, int thread) {
        int k = weight.cols();
        int n = to - from;
        float[] own = scratch.own(thread, 2 * n);
        lanes.dotRows(x, weight.segment(), weight.dtype(), (long) from * k * weight.dtype().bytes(), n, k, own, 0);
        store(own, 0, 1, n, firstRow, from, n);
    }

    private void manyRows(int from, int to, int thread) {
        int k = weight.cols();
        int step = Math.clamp(PANEL_FLOATS / Math.max(1, k), 4, MAX_PANEL) & ~3;
        int results = step * k;
        float[] own = scratch.own(thread, step * k + (count + 1) * step);
        for (int col = from; col < to; col += step) {
            int n = Math.min(step, to - col);
            rows.readFlat(weight, (long) col * k, n * k, own, 0);
            lanes.dots(x, 0, count, own, n, k, own, results, step);
            store(own, results, count, step, firstRow, col, n);
        }
    }

    private void store(float[] results, int at, int m, int stride, int row, int col, int n) {
        if (bias != null) {
            int biasAt = at + m * stride;
            rows.readFlat(bias, col, n, results, biasAt);
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    results[at + i * stride + j] += results[biasAt + j];
                }
            }
        }
        for (int i = 0; i < m; i++) {
            rows.write(results, at + i * stride, n, out, row + i, col);
        }
    }
}
