package io.gatun.kernels.cuda;

import io.gatun.kernels.RopeKernels;
import io.gatun.kernels.RopeTable;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** {@code rope.cu}: one block a token. */
final class CudaRope implements RopeKernels {
    private static final int THREADS = 256;

    private final Launcher launcher;

    CudaRope(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void rope(Tensor q, Tensor k, Tensor positions, RopeTable table, int headDim) {
        int width = Vectors.width(headDim, q, k);
        var variant = new Variant(q.dtype(), headDim, table.rotaryDim(), table.pairing(), table.cos().cols() % width == 0 ? width : 1);
        launcher.kernel(launcher.function(variant, Variant::spec)).arg(q).arg(k).arg(positions).arg(table.cos()).arg(table.sin())
                .arg(q.rowStride()).arg(k.rowStride()).arg(q.cols() / headDim).arg(k.cols() / headDim).launch(q.rows(), THREADS, 0);
    }

    @Override
    public void rope(Tensor q, Tensor k, RopeTable table, int headDim) {
        throw new UnsupportedOperationException("rope by token on a GPU");
    }

    private record Variant(DType type, int headDim, int rotaryDim, RopeTable.Pairing pairing, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("rope", "rope").with("T", type).with("HEAD_DIM", headDim).with("ROTARY_DIM", rotaryDim)
                    .with("INTERLEAVED", pairing == RopeTable.Pairing.NEIGHBOURS ? 1 : 0).with("VEC", vec);
        }
    }
}
