package io.gatun.kernels.cuda;

import io.gatun.kernels.Activation;
import io.gatun.kernels.ActivationKernels;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** {@code gated_activation.cu} and {@code activate.cu}. */
final class CudaActivation implements ActivationKernels {
    private static final int THREADS = 256;

    private final Launcher launcher;

    CudaActivation(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void gatedMul(Activation activation, Tensor gateUp, Tensor out) {
        var variant = new Variant(activation, out.dtype(), out.cols(), Vectors.width(out.cols(), gateUp, out));
        launcher.kernel(launcher.function(variant, Variant::spec)).arg(gateUp).arg(out).arg(gateUp.rowStride()).arg(out.rowStride())
                .launch(out.rows(), Math.ceilDiv(out.cols(), THREADS * variant.vec), 1, THREADS, 0);
    }

    @Override
    public void activate(Activation activation, Tensor x) {
        var variant = new Alone(activation, x.dtype(), Vectors.width(x.cols(), x));
        launcher.kernel(launcher.function(variant, Alone::spec)).arg(x).arg(x.rowStride()).arg(x.cols())
                .launch(x.rows(), Math.ceilDiv(x.cols(), THREADS * variant.vec), 1, THREADS, 0);
    }

    private record Variant(Activation activation, DType type, int intermediate, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("gated_activation", "gated_activation").with("ACTIVATION", activation).with("T", type)
                    .with("INTERMEDIATE", intermediate).with("VEC", vec);
        }
    }

    private record Alone(Activation activation, DType type, int vec) {
        Alone {
            if (activation == Activation.CLAMPED_SWIGLU) {
                throw new IllegalArgumentException("activate: " + activation + " needs gates; only gatedMul can do it");
            }
        }

        KernelSpec spec() {
            return KernelSpec.of("activate", "activate").with("ACTIVATION", activation).with("T", type).with("VEC", vec);
        }
    }
}
