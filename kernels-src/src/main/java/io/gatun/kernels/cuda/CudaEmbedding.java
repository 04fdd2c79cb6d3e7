package io.gatun.kernels.cuda;

import io.gatun.kernels.EmbeddingKernels;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** {@code combine_rows.cu}, {@code gather_rows.cu} and {@code sum_rows.cu}. */
final class CudaEmbedding implements EmbeddingKernels {
    private static final int THREADS = 256;

    private final Launcher launcher;

    CudaEmbedding(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void embed(Tensor ids, Tensor weight, Tensor out) {
        gather(weight, ids, out);
    }

    @Override
    public void gatherRows(Tensor x, Tensor rows, Tensor out) {
        gather(x, rows, out);
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
    public void mergeRows(Tensor table, Tensor rows, Tensor out) {
        throw new UnsupportedOperationException("mergeRows on a GPU");
    }

    @Override
    public void scatterRows(Tensor x, Tensor rows, Tensor table) {
        throw new UnsupportedOperationException("scatterRows on a GPU");
    }

    private void gather(Tensor table, Tensor ids, Tensor out) {
        var variant = new Variant(table.dtype(), out.dtype(), table.cols(), Vectors.width(table.cols(), table, out));
        launcher.kernel(launcher.function(variant, Variant::spec)).arg(table).arg(ids).arg(out).arg(table.rowStride()).arg(out.rowStride())
                .launch(out.rows(), THREADS, 0);
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

    private record Variant(DType type, DType out, int hidden, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("gather_rows", "gather_rows").with("T", type).with("OUT", out).with("HIDDEN", hidden).with("VEC", vec);
        }
    }
}
