package io.gatun.kernels.cuda;

import io.gatun.kernels.LogitsExpression;
import io.gatun.kernels.PenaltyBatch;
import io.gatun.kernels.SamplingBatch;
import io.gatun.kernels.SamplingKernels;
import io.gatun.memory.Tensor;

/** {@code argmax.cu}, {@code sample.cu}, {@code penalties.cu}, {@code logprobs.cu} and {@code logits_expression.cu}. */
final class CudaSampling implements SamplingKernels {
    private static final int ROW_THREADS = 1024;
    private static final int THREADS = 256;

    private final Launcher launcher;

    CudaSampling(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void argmax(Tensor logits, Tensor out) {
        kernel("argmax", "argmax").arg(logits).arg(out).arg(logits.rowStride()).arg(logits.cols()).launch(logits.rows(), ROW_THREADS, 0);
    }

    @Override
    public void sample(Tensor logits, SamplingBatch batch, Tensor out) {
        kernel("sample", "sample").arg(logits).arg(out).arg(batch.temperature()).arg(batch.topK()).arg(batch.topP()).arg(batch.minP()).arg(batch.seeds())
                .arg(batch.steps()).arg(logits.rowStride()).arg(logits.cols()).launch(logits.rows(), ROW_THREADS, 0);
    }

    @Override
    public void penalize(Tensor logits, PenaltyBatch batch, Tensor out) {
        kernel("penalties", "penalize").arg(logits).arg(out).arg(batch.counts()).arg(batch.slots()).arg(batch.repetition()).arg(batch.frequency())
                .arg(batch.presence()).arg(logits.rowStride()).arg(out.rowStride()).arg(batch.counts().rowStride()).arg(logits.cols())
                .launch(Math.ceilDiv(logits.cols(), THREADS), logits.rows(), 1, THREADS, 0);
        if (batch.biasIds().elements() > 0) {
            kernel("penalties", "add_bias").arg(out).arg(batch.biasStart()).arg(batch.biasIds()).arg(batch.biasValues()).arg(out.rowStride())
                    .launch(logits.rows(), THREADS, 0);
        }
    }

    @Override
    public void count(Tensor counts, Tensor slots, Tensor ids, Counting what) {
        int tokens = Math.toIntExact(ids.elements());
        kernel("penalties", "count_tokens").arg(counts).arg(slots).arg(ids).arg(counts.rowStride()).arg(tokens).arg(what == Counting.PROMPT ? 1 : 0)
                .launch(Math.ceilDiv(tokens, THREADS), THREADS, 0);
    }

    @Override
    public void logprobs(Tensor logits, Tensor ids, Tensor out) {
        kernel("logprobs", "logprobs").arg(logits).arg(ids).arg(out).arg(logits.rowStride()).arg(logits.cols()).launch(logits.rows(), ROW_THREADS, 0);
    }

    @Override
    public void topLogprobs(Tensor logits, int k, Tensor ids, Tensor values) {
        kernel("logprobs", "top_logprobs").arg(logits).arg(ids).arg(values).arg(logits.rowStride()).arg(logits.cols()).arg(k)
                .launch(logits.rows(), ROW_THREADS, 0);
    }

    @Override
    public void apply(LogitsExpression expression, Tensor logits, int step) {
        try {
            launcher.kernel(launcher.function(new Expression(expression.cuda()), Expression::spec)).arg(logits).arg(logits.rowStride()).arg(logits.cols())
                    .arg(step).launch(Math.ceilDiv(logits.cols(), THREADS), logits.rows(), 1, THREADS, 0);
        } catch (KernelCompileException e) {
            throw new IllegalArgumentException("the CUDA expression '" + expression.name() + "': " + e.getMessage(), e);
        }
    }

    private Launcher kernel(String file, String entry) {
        return launcher.kernel(launcher.function(new Variant(file, entry), Variant::spec));
    }

    private record Variant(String file, String entry) {
        KernelSpec spec() {
            return KernelSpec.of(file, entry);
        }
    }

    private record Expression(String cuda) {
        KernelSpec spec() {
            return KernelSpec.of("logits_expression", "logits_expression").with("EXPRESSION", cuda);
        }
    }
}
