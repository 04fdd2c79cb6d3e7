package io.gatun.kernels.cuda;

import io.gatun.kernels.ActivationKernels;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** {@code silu_and_mul.cu}. */
final class CudaActivation implements ActivationKernels {
    private static final int THREADS = 256;

    private final Launcher launcher;

    CudaActivation(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void siluAndMul(Tensor gateUp, Tensor out) {
        var variant = new Variant(out.dtype(), out.cols(), Vectors.width(out.cols(), gateUp, out));
        launcher.kernel(launcher.function(variant, Variant::spec)).arg(gateUp).arg(out).arg(gateUp.rowStride()).arg(out.rowStride())
                .launch(out.rows(), Math.ceilDiv(out.cols(), THREADS * variant.vec), 1, THREADS, 0);
    }

    private record Variant(DType type, int intermediate, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("silu_and_mul", "silu_and_mul").with("T", type).with("INTERMEDIATE", intermediate).with("VEC", vec);
        }
    }
}
