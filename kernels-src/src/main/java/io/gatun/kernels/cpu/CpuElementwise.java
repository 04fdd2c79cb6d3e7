package io.gatun.kernels.cpu;

import io.gatun.kernels.ElementwiseKernels;
import io.gatun.kernels.ElementwiseOp;
import io.gatun.memory.Tensor;

final class CpuElementwise implements ElementwiseKernels {
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask applyRows = this::applyRows;
    private final WorkerPool.RangeTask scaleRows = this::scaleRows;
    private ElementwiseOp op;
    private Tensor x;
    private Tensor out;
    private Tensor positions;
    private Tensor scales;

    CpuElementwise(Rows rows, WorkerPool pool, Scratch scratch) {
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    @Override
    public void apply(ElementwiseOp op, Tensor x, Tensor out) {
        Require.floats("apply", "x", x);
        Require.rows("apply", "out", out, x.rows());
        Require.cols("apply", "out", out, x.cols());
        Require.sameType("apply", "out", out, x);
        this.op = op;
        this.x = x;
        this.out = out;
        pool.run(4 * x.elements(), x.rows(), 1, applyRows);
    }

    private void applyRows(int from, int to, int thread) {
        int n = x.cols();
        float[] row = scratch.own(thread, n);
        for (int t = from; t < to; t++) {
            rows.read(x, t, 0, n, row, 0);
            for (int i = 0; i < n; i++) {
                row[i] = op.java().apply(row[i]);
            }
            rows.write(row, 0, n, out, t, 0);
        }
    }

    @Override
    public void scaleRows(Tensor x, Tensor positions, Tensor scales) {
        Require.floats("scaleRows", "x", x);
        Require.indices("scaleRows", "positions", positions, x.rows());
        this.x = x;
        this.positions = positions;
        this.scales = scales;
        pool.run(x.elements(), x.rows(), 1, scaleRows);
    }

    private void scaleRows(int from, int to, int thread) {
        int n = x.cols();
        float[] row = scratch.own(thread, n);
        for (int t = from; t < to; t++) {
            float scale = Rows.floatAt(scales, Require.index("scaleRows", "position", Rows.intAt(positions, t), scales.elements()));
            rows.read(x, t, 0, n, row, 0);
            for (int i = 0; i < n; i++) {
                row[i] *= scale;
            }
            rows.write(row, 0, n, x, t, 0);
        }
    }
}
