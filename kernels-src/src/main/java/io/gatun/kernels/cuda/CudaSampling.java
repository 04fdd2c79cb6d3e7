package io.gatun.kernels.cuda;

import io.gatun.kernels.SamplingKernels;
import io.gatun.memory.Tensor;

/** {@code argmax.cu}: one block a row. */
final class CudaSampling implements SamplingKernels {
    private static final int THREADS = 1024;

    private final Launcher launcher;

    CudaSampling(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void argmax(Tensor logits, Tensor out) {
        launcher.kernel(launcher.function(new Variant(), Variant::spec)).arg(logits).arg(out).arg(logits.rowStride()).arg(logits.cols())
                .launch(logits.rows(), THREADS, 0);
    }

    private record Variant() {
        KernelSpec spec() {
            return KernelSpec.of("argmax", "argmax");
        }
    }
}
