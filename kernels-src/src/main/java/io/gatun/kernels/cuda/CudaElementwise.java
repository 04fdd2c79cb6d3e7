package io.gatun.kernels.cuda;

import io.gatun.kernels.ElementwiseKernels;
import io.gatun.kernels.ElementwiseOp;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** {@code elementwise.cu}, {@code scale_rows.cu}. */
final class CudaElementwise implements ElementwiseKernels {
    private static final int THREADS = 256;

    private final Launcher launcher;

    CudaElementwise(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void apply(ElementwiseOp op, Tensor x, Tensor out) {
        var variant = new Variant(op.cuda(), out.dtype(), Vectors.width(out.cols(), x, out));
        launcher.kernel(launcher.function(variant, Variant::spec), op.name()).arg(x).arg(out).arg(x.rowStride()).arg(out.rowStride()).arg(out.cols())
                .launch(out.rows(), Math.ceilDiv(out.cols(), THREADS * variant.vec), 1, THREADS, 0);
    }

    @Override
    public void scaleRows(Tensor x, Tensor positions, Tensor scales) {
        var variant = new ScaleVariant(x.dtype(), Vectors.width(x.cols(), x));
        launcher.kernel(launcher.function(variant, ScaleVariant::spec)).arg(x).arg(scales).arg(positions).arg(x.rowStride()).arg(x.cols())
                .launch(x.rows(), Math.ceilDiv(x.cols(), THREADS * variant.vec), 1, THREADS, 0);
    }

    private record Variant(String expression, DType type, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("elementwise", "elementwise").with("EXPRESSION", expression).with("T", type).with("VEC", vec);
        }
    }

    private record ScaleVariant(DType type, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("scale_rows", "scaleRows").with("T", type).with("VEC", vec);
        }
    }
}
