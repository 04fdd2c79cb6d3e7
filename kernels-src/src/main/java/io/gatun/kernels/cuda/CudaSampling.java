package io.gatun.kernels.cuda;

import io.gatun.kernels.LogitsExpression;
import io.gatun.kernels.PenaltyBatch;
import io.gatun.kernels.SamplingBatch;
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

    @Override
    public void sample(Tensor logits, SamplingBatch batch, Tensor out) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void penalize(Tensor logits, PenaltyBatch batch, Tensor out) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void count(Tensor counts, Tensor slots, Tensor ids, Counting what) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void logprobs(Tensor logits, Tensor ids, Tensor out) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void topLogprobs(Tensor logits, int k, Tensor ids, Tensor values) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void apply(LogitsExpression expression, Tensor logits, int step) {
        throw new UnsupportedOperationException();
    }

    private record Variant() {
        KernelSpec spec() {
            return KernelSpec.of("argmax", "argmax");
        }
    }
}
