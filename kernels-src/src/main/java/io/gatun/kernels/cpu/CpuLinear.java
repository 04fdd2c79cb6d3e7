package io.gatun.kernels.cpu;

import io.gatun.kernels.LinearKernels;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** A few rows of x read the weights where they are; many share weights that were widened once. Threads divide the output features. */
final class CpuLinear implements LinearKernels {
    /** Rows of x that are kept as floats while all weights pass by. */
    private static final int ROWS = 64;
    /** As many rows of x make widening in advance pay. */
    private static final int MANY_ROWS = 8;
    /** Weights that are worked on together; widened they shall stay in the second-level cache. */
    private static final int PANEL = 32 * 1024;
    private static final int MAX_PANEL_ROWS = 64;

    private final Lanes lanes;
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask features = this::features;
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

    @Override
    public void linearHeads(Tensor x, Tensor weight, Tensor out) {
        long heads = weight.dim(0);
        long n = weight.dim(1);
        long k = weight.dim(2);
        Require.cols("linearHeads", "x", x, heads * k);
        Require.cols("linearHeads", "out", out, heads * n);
        for (long h = 0; h < heads; h++) {
            run(x.narrowCols(h * k, k), weight.narrowRows(h, 1).view(n, k), null, out.narrowCols(h * n, n));
        }
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
            pool.run((long) count * n * k, n, 4, features);
        }
    }

    private void features(int from, int to, int thread) {
        int k = weight.cols();
        int step = Math.clamp(PANEL / Math.max(1, k), 4, MAX_PANEL_ROWS) & ~3;
        boolean widen = count >= MANY_ROWS && weight.dtype() != DType.F32;
        var panel = widen ? scratch.panel(thread, (long) step * k * Float.BYTES) : weight.segment();
        float[] own = scratch.own(thread, (count + 1) * step);
        for (int col = from; col < to; col += step) {
            int n = Math.min(step, to - col);
            long at = (long) col * k * weight.dtype().bytes();
            if (widen) {
                lanes.widen(weight.segment(), weight.dtype(), at, panel, n * k);
                lanes.products(x, 0, count, panel, DType.F32, 0, n, k, own, 0, step);
            } else {
                lanes.products(x, 0, count, panel, weight.dtype(), at, n, k, own, 0, step);
            }
            store(own, count, step, firstRow, col, n);
        }
    }

    private void store(float[] results, int m, int stride, int row, int col, int n) {
        if (bias != null) {
            int biasAt = m * stride;
            rows.readFlat(bias, col, n, results, biasAt);
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    results[i * stride + j] += results[biasAt + j];
                }
            }
        }
        for (int i = 0; i < m; i++) {
            rows.write(results, i * stride, n, out, row + i, col);
        }
    }
}
