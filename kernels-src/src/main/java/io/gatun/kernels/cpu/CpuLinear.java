package io.gatun.kernels.cpu;

import io.gatun.kernels.LinearKernels;
import io.gatun.memory.Tensor;

/** Threads divide the output features. */
final class CpuLinear implements LinearKernels {
    /** Rows of x that are kept as floats while all weights pass by. */
    private static final int ROWS = 64;

    private final Panels panels;
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
        this.panels = new Panels(lanes, scratch);
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
        int step = Panels.rows(k);
        float[] own = scratch.own(thread, (count + 1) * step);
        for (int col = from; col < to; col += step) {
            int n = Math.min(step, to - col);
            panels.products(x, 0, count, weight, col, n, k, thread, own, 0, step);
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
