package io.gatun.kernels.cuda;

import io.gatun.kernels.StepKernels;
import io.gatun.memory.Tensor;

/** {@code step_inputs.cu}. */
final class CudaStepInputs implements StepKernels {
    private static final int THREADS = 256;
    private static final Variant RESOLVE = new Variant("resolve");
    private static final Variant SCATTER = new Variant("scatter");

    private final Launcher launcher;

    CudaStepInputs(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void resolve(Tensor ids, Tensor lastTokens) {
        int count = Math.toIntExact(ids.elements());
        kernel(RESOLVE).arg(ids).arg(lastTokens).arg(count).launch(Math.ceilDiv(count, THREADS), THREADS, 0);
    }

    @Override
    public void scatter(Tensor values, Tensor indices, int count, Tensor target) {
        kernel(SCATTER).arg(values).arg(indices).arg(target).arg(count).launch(Math.ceilDiv(count, THREADS), THREADS, 0);
    }

    private Launcher kernel(Variant variant) {
        return launcher.kernel(launcher.function(variant, Variant::spec));
    }

    private record Variant(String entry) {
        KernelSpec spec() {
            return KernelSpec.of("step_inputs", entry);
        }
    }
}
