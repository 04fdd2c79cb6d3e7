package io.gatun.kernels.cuda;

import io.gatun.kernels.NormKernels;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** {@code rms_norm.cu}: one block a row. */
final class CudaNorm implements NormKernels {
    private static final int WARP = 32;
    private static final int MAX_THREADS = 1024;

    private final Launcher launcher;

    CudaNorm(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, float eps, Tensor out) {
        var variant = new Variant("rms_norm", x.dtype(), x.cols(), Vectors.width(x.cols(), x, weight, out));
        launcher.kernel(launcher.function(variant, Variant::spec)).arg(x).arg(weight).arg(out).arg(x.rowStride()).arg(out.rowStride()).arg(eps)
                .launch(x.rows(), variant.threads(), 0);
    }

    @Override
    public void addRmsNorm(Tensor x, Tensor residual, Tensor weight, float eps, Tensor out) {
        var variant = new Variant("add_rms_norm", x.dtype(), x.cols(), Vectors.width(x.cols(), x, residual, weight, out));
        launcher.kernel(launcher.function(variant, Variant::spec)).arg(residual).arg(x).arg(weight).arg(out)
                .arg(residual.rowStride()).arg(x.rowStride()).arg(out.rowStride()).arg(eps).launch(x.rows(), variant.threads(), 0);
    }

    private record Variant(String entry, DType type, int hidden, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("rms_norm", entry).with("T", type).with("HIDDEN", hidden).with("VEC", vec).with("BLOCK_THREADS", threads());
        }

        /** One for each piece of a row, where a block can have that many. */
        int threads() {
            return Math.min(MAX_THREADS, Math.ceilDiv(hidden / vec, WARP) * WARP);
        }
    }
}
