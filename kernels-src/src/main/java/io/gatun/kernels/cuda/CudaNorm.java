package io.gatun.kernels.cuda;

import io.gatun.kernels.NormKernels;
import io.gatun.kernels.NormStyle;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** {@code rms_norm.cu} and {@code layer_norm.cu}, one block a row; {@code rms_norm_heads.cu}, a warp a head; {@code add.cu}. */
final class CudaNorm implements NormKernels {
    private static final int WARP = 32;
    private static final int MAX_THREADS = 1024;
    private static final int THREADS = 256;

    private final Launcher launcher;

    CudaNorm(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void rmsNorm(Tensor x, Tensor weight, float eps, NormStyle style, Tensor out) {
        var variant = new Rows("rms_norm", x.dtype(), style, x.cols(), Vectors.width(x.cols(), x, weight, out));
        launcher.kernel(launcher.function(variant, Rows::spec)).arg(x).arg(weight).arg(out).arg(x.rowStride()).arg(out.rowStride()).arg(eps)
                .launch(x.rows(), threads(variant.hidden, variant.vec), 0);
    }

    @Override
    public void addRmsNorm(Tensor x, Tensor residual, Tensor weight, float eps, NormStyle style, Tensor out) {
        var variant = new Rows("add_rms_norm", x.dtype(), style, x.cols(), Vectors.width(x.cols(), x, residual, weight, out));
        launcher.kernel(launcher.function(variant, Rows::spec)).arg(residual).arg(x).arg(weight).arg(out)
                .arg(residual.rowStride()).arg(x.rowStride()).arg(out.rowStride()).arg(eps).launch(x.rows(), threads(variant.hidden, variant.vec), 0);
    }

    @Override
    public void rmsNormHeads(Tensor x, Tensor weight, float eps, NormStyle style) {
        var variant = new Heads(x.dtype(), style, (int) weight.elements());
        int heads = x.cols() / variant.headDim;
        launcher.kernel(launcher.function(variant, Heads::spec)).arg(x).arg(weight).arg(x.rowStride()).arg(heads).arg(eps)
                .launch(x.rows(), Math.ceilDiv(heads, THREADS / WARP), 1, THREADS, 0);
    }

    @Override
    public void add(Tensor x, Tensor residual) {
        var variant = new Add(x.dtype(), Vectors.width(x.cols(), x, residual));
        launcher.kernel(launcher.function(variant, Add::spec)).arg(residual).arg(x).arg(residual.rowStride()).arg(x.rowStride()).arg(x.cols())
                .launch(x.rows(), Math.ceilDiv(x.cols(), THREADS * variant.vec), 1, THREADS, 0);
    }

    @Override
    public void layerNorm(Tensor x, Tensor weight, Tensor bias, float eps, Tensor out) {
        var variant = new LayerNorm("layer_norm", x.dtype(), x.cols(), Vectors.width(x.cols(), x, weight, bias, out));
        launcher.kernel(launcher.function(variant, LayerNorm::spec)).arg(x).arg(weight).arg(bias).arg(out).arg(x.rowStride()).arg(out.rowStride()).arg(eps)
                .launch(x.rows(), threads(variant.hidden, variant.vec), 0);
    }

    @Override
    public void addLayerNorm(Tensor x, Tensor residual, Tensor weight, Tensor bias, float eps, Tensor out) {
        var variant = new LayerNorm("add_layer_norm", x.dtype(), x.cols(), Vectors.width(x.cols(), x, residual, weight, bias, out));
        launcher.kernel(launcher.function(variant, LayerNorm::spec)).arg(residual).arg(x).arg(weight).arg(bias).arg(out).arg(residual.rowStride())
                .arg(x.rowStride()).arg(out.rowStride()).arg(eps).launch(x.rows(), threads(variant.hidden, variant.vec), 0);
    }

    /** One for each piece of a row, where a block can have that many. */
    private static int threads(int hidden, int vec) {
        return Math.min(MAX_THREADS, Math.ceilDiv(hidden / vec, WARP) * WARP);
    }

    private record Rows(String entry, DType type, NormStyle style, int hidden, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("rms_norm", entry).with("T", type).with("STYLE", style.ordinal()).with("HIDDEN", hidden).with("VEC", vec)
                    .with("BLOCK_THREADS", threads(hidden, vec));
        }
    }

    private record LayerNorm(String entry, DType type, int hidden, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("layer_norm", entry).with("T", type).with("HIDDEN", hidden).with("VEC", vec).with("BLOCK_THREADS", threads(hidden, vec));
        }
    }

    private record Heads(DType type, NormStyle style, int headDim) {
        KernelSpec spec() {
            return KernelSpec.of("rms_norm_heads", "rms_norm_heads").with("T", type).with("STYLE", style.ordinal()).with("HEAD_DIM", headDim);
        }
    }

    private record Add(DType type, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("add", "add").with("T", type).with("VEC", vec);
        }
    }
}
