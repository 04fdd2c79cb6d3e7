package io.gatun.kernels.cpu;

import io.gatun.kernels.RopeKernels;
import io.gatun.kernels.RopeTable;
import io.gatun.memory.Tensor;

final class CpuRope implements RopeKernels {
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask ropeRows = this::ropeRows;
    private Tensor q;
    private Tensor k;
    private Tensor positions;
    private RopeTable table;
    private int headDim;

    CpuRope(Rows rows, WorkerPool pool, Scratch scratch) {
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    @Override
    public void rope(Tensor q, Tensor k, Tensor positions, RopeTable table, int headDim) {
        int axes = table.hasSections() ? RopeTable.AXES : 1;
        if (axes > 1) {
            Require.rows("rope", "positions", positions, axes);
        }
        Require.indices("rope", "positions", positions, axes * q.rows());
        this.positions = positions;
        run(q, k, table, headDim);
    }

    @Override
    public void rope(Tensor q, Tensor k, RopeTable table, int headDim) {
        Require.rows("rope", "the table's cos", table.cos(), q.rows());
        if (table.hasSections()) {
            throw new IllegalArgumentException("rope: the table has sections " + table.sections() + ", so that positions must be given");
        }
        this.positions = null;
        run(q, k, table, headDim);
    }

    private void run(Tensor q, Tensor k, RopeTable table, int headDim) {
        Require.rows("rope", "k", k, q.rows());
        if (table.rotaryDim() > headDim || q.cols() % headDim != 0 || k.cols() % headDim != 0) {
            throw new IllegalArgumentException("rope: q " + q + " and k " + k + " must be heads of " + headDim + " elements, at least the "
                    + table.rotaryDim() + " that are rotated");
        }
        this.q = q;
        this.k = k;
        this.table = table;
        this.headDim = headDim;
        pool.run(2L * q.rows() * (q.cols() + k.cols()), q.rows(), 1, ropeRows);
    }

    private void ropeRows(int from, int to, int thread) {
        int half = table.cos().cols();
        float[] own = scratch.own(thread, 2 * half + Math.max(q.cols(), k.cols()));
        for (int t = from; t < to; t++) {
            if (table.hasSections()) {
                for (int axis = 0, pair = 0; axis < RopeTable.AXES; pair += table.sections().get(axis++)) {
                    readAngles(Rows.intAt(positions, axis * positions.rowStride() + t), pair, table.sections().get(axis), own, half);
                }
            } else {
                readAngles(positions == null ? t : Rows.intAt(positions, t), 0, half, own, half);
            }
            rotate(q, t, own, half);
            rotate(k, t, own, half);
        }
    }

    private void readAngles(int position, int pair, int n, float[] own, int half) {
        Require.index("rope", "position", position, table.cos().dim(0));
        rows.read(table.cos(), position, pair, n, own, pair);
        rows.read(table.sin(), position, pair, n, own, half + pair);
    }

    /** @param own cos, sin and room for a row */
    private void rotate(Tensor x, int t, float[] own, int half) {
        int at = 2 * half;
        rows.read(x, t, 0, x.cols(), own, at);
        boolean halves = table.pairing() == RopeTable.Pairing.HALVES;
        int step = halves ? 1 : 2;
        int distance = halves ? half : 1;
        for (int head = at; head < at + x.cols(); head += headDim) {
            for (int i = 0; i < half; i++) {
                int first = head + i * step;
                float a = own[first];
                float b = own[first + distance];
                float cos = own[i];
                float sin = own[half + i];
                own[first] = a * cos - b * sin;
                own[first + distance] = b * cos + a * sin;
            }
        }
        rows.write(own, at, x.cols(), x, t, 0);
    }
}
