package io.gatun.kernels.cuda;

import io.gatun.kernels.EmbeddingKernels;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** {@code combine_rows.cu}, {@code gather_rows.cu}, {@code pad_rows.cu} and {@code sum_rows.cu}. */
final class CudaEmbedding implements EmbeddingKernels {
    private static final int THREADS = 256;

    private final Launcher launcher;

    CudaEmbedding(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void embed(Tensor ids, Tensor weight, Tensor out) {
        move("gather_rows", weight, ids, out, out.rows());
    }

    @Override
    public void gatherRows(Tensor x, Tensor rows, Tensor out) {
        move("gather_rows", x, rows, out, out.rows());
    }

    @Override
    public void sumRows(Tensor x, Tensor from, Tensor to, Tensor out) {
        launcher.kernel(launcher.function(new Sum(x.dtype()), Sum::spec)).arg(x).arg(from).arg(to).arg(out).arg(x.rowStride()).arg(x.cols())
                .launch(Math.ceilDiv(x.cols(), THREADS), out.rows(), 1, THREADS, 0);
    }

    @Override
    public void combineRows(Tensor x, Tensor rows, Tensor weights, Tensor out) {
        launcher.kernel(launcher.function(new Combination(x.dtype()), Combination::spec)).arg(x).arg(rows).arg(weights).arg(out).arg(x.rowStride())
                .arg(out.rowStride()).arg(x.cols()).arg(rows.cols()).launch(Math.ceilDiv(x.cols(), THREADS), out.rows(), 1, THREADS, 0);
    }

    @Override
    public void padRows(Tensor x, Tensor out) {
        if (out.rows() != x.rows() || out.dtype() != x.dtype() || out.cols() < x.cols()) {
            throw new IllegalArgumentException("padRows: out is " + out + " but must have the rows, the dtype and at least the columns of x, " + x);
        }
        launcher.kernel(launcher.function(new Padding(x.dtype()), Padding::spec)).arg(x).arg(out).arg(x.rowStride()).arg(out.rowStride()).arg(x.cols())
                .arg(out.cols()).launch(x.rows(), Math.ceilDiv(out.cols(), THREADS), 1, THREADS, 0);
    }

    @Override
    public void mergeRows(Tensor table, Tensor rows, Tensor out) {
        move("merge_rows", table, rows, out, out.rows());
    }

    @Override
    public void scatterRows(Tensor x, Tensor rows, Tensor table) {
        move("scatter_rows", x, rows, table, x.rows());
    }

    private void move(String entry, Tensor from, Tensor ids, Tensor to, int count) {
        var variant = new Variant(entry, from.dtype(), to.dtype(), from.cols(), Vectors.width(from.cols(), from, to));
        launcher.kernel(launcher.function(variant, Variant::spec)).arg(from).arg(ids).arg(to).arg(from.rowStride()).arg(to.rowStride())
                .launch(count, THREADS, 0);
    }

    private record Sum(DType type) {
        KernelSpec spec() {
            return KernelSpec.of("sum_rows", "sum_rows").with("T", type);
        }
    }

    private record Combination(DType type) {
        KernelSpec spec() {
            return KernelSpec.of("combine_rows", "combine_rows").with("T", type);
        }
    }

    private record Padding(DType type) {
        KernelSpec spec() {
            return KernelSpec.of("pad_rows", "pad_rows").with("T", type);
        }
    }

    private record Variant(String entry, DType type, DType out, int hidden, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("gather_rows", entry).with("T", type).with("OUT", out).with("HIDDEN", hidden).with("VEC", vec);
        }
    }
}
