package io.gatun.kernels.cpu;

import io.gatun.kernels.EmbeddingKernels;
import io.gatun.memory.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

final class CpuEmbedding implements EmbeddingKernels {
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask embedRows = this::embedRows;
    private Tensor ids;
    private Tensor weight;
    private Tensor out;

    CpuEmbedding(Rows rows, WorkerPool pool, Scratch scratch) {
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    @Override
    public void embed(Tensor ids, Tensor weight, Tensor out) {
        Require.indices("embed", "ids", ids, out.rows());
        Require.cols("embed", "out", out, weight.cols());
        this.ids = ids;
        this.weight = weight;
        this.out = out;
        pool.run(out.elements(), out.rows(), 1, embedRows);
    }

    private void embedRows(int from, int to, int thread) {
        int hidden = weight.cols();
        float[] row = scratch.own(thread, hidden);
        for (int t = from; t < to; t++) {
            int id = Require.index("embed", "token id", Rows.intAt(ids, t), weight.dim(0));
            rows.read(weight, id, 0, hidden, row, 0);
            rows.write(row, 0, hidden, out, t, 0);
        }
    }

    @Override
    public void sumRows(Tensor x, Tensor from, Tensor to, Tensor out) {
        Require.cols("sumRows", "out", out, x.cols());
        int hidden = x.cols();
        float[] row = scratch.own(0, hidden);
        float[] sum = scratch.shared(hidden);
        for (int i = 0; i < out.rows(); i++) {
            Arrays.fill(sum, 0, hidden, 0);
            for (int t = Rows.intAt(from, i); t < Rows.intAt(to, i); t++) {
                rows.read(x, Require.index("sumRows", "row", t, x.rows()), 0, hidden, row, 0);
                for (int j = 0; j < hidden; j++) {
                    sum[j] += row[j];
                }
            }
            rows.write(sum, 0, hidden, out, i, 0);
        }
    }

    @Override
    public void combineRows(Tensor x, Tensor rows, Tensor weights, Tensor out) {
        int terms = rows.cols();
        Require.indices("combineRows", "rows", rows, out.rows() * terms);
        Require.floats("combineRows", "weights", weights, rows.elements());
        Require.cols("combineRows", "out", out, x.cols());
        Require.sameType("combineRows", "out", out, x);
        int hidden = x.cols();
        float[] row = scratch.own(0, hidden);
        float[] sum = scratch.shared(hidden);
        for (int i = 0; i < out.rows(); i++) {
            Arrays.fill(sum, 0, hidden, 0);
            for (long at = (long) i * terms; at < (i + 1L) * terms; at++) {
                float weight = Rows.floatAt(weights, at);
                this.rows.read(x, Require.index("combineRows", "row", Rows.intAt(rows, at), x.rows()), 0, hidden, row, 0);
                for (int j = 0; j < hidden; j++) {
                    sum[j] += weight * row[j];
                }
            }
            this.rows.write(sum, 0, hidden, out, i, 0);
        }
    }

    @Override
    public void padRows(Tensor x, Tensor out) {
        Require.rows("padRows", "out", out, x.rows());
        Require.sameType("padRows", "out", out, x);
        if (out.cols() < x.cols()) {
            throw new IllegalArgumentException("padRows: out is " + out + " but must have at least the columns of x, " + x);
        }
        long size = x.dtype().bytes();
        for (int t = 0; t < x.rows(); t++) {
            var row = out.segment().asSlice(t * out.rowStride() * size, out.cols() * size);
            MemorySegment.copy(x.segment(), t * x.rowStride() * size, row, 0, x.cols() * size);
            row.asSlice(x.cols() * size).fill((byte) 0);
        }
    }

    @Override
    public void gatherRows(Tensor x, Tensor rows, Tensor out) {
        requireLike("gatherRows", x, rows, out, out.rows());
        for (int i = 0; i < out.rows(); i++) {
            copy(x, Require.index("gatherRows", "row", Rows.intAt(rows, i), x.rows()), out, i);
        }
    }

    @Override
    public void mergeRows(Tensor table, Tensor rows, Tensor out) {
        requireLike("mergeRows", table, rows, out, out.rows());
        for (int t = 0; t < out.rows(); t++) {
            int row = Rows.intAt(rows, t);
            if (row >= 0) {
                copy(table, Require.index("mergeRows", "row", row, table.rows()), out, t);
            }
        }
    }

    @Override
    public void scatterRows(Tensor x, Tensor rows, Tensor table) {
        requireLike("scatterRows", x, rows, table, x.rows());
        for (int i = 0; i < x.rows(); i++) {
            copy(x, i, table, Require.index("scatterRows", "row", Rows.intAt(rows, i), table.rows()));
        }
    }

    private static void requireLike(String operation, Tensor x, Tensor rows, Tensor out, int count) {
        Require.indices(operation, "rows", rows, count);
        Require.cols(operation, "out", out, x.cols());
        Require.sameType(operation, "out", out, x);
    }

    private static void copy(Tensor x, long from, Tensor out, long to) {
        long size = x.dtype().bytes();
        MemorySegment.copy(x.segment(), from * x.rowStride() * size, out.segment(), to * out.rowStride() * size, out.cols() * size);
    }
}
