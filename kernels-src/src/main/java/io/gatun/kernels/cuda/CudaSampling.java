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
    private static final Variant ARGMAX = new Variant("argmax", "argmax");
    private static final Variant SAMPLE = new Variant("sample", "sample");
    private static final Variant PENALIZE = new Variant("penalties", "penalize");
    private static final Variant ADD_BIAS = new Variant("penalties", "add_bias");
    private static final Variant COUNT_TOKENS = new Variant("penalties", "count_tokens");
    private static final Variant LOGPROBS = new Variant("logprobs", "logprobs");
    private static final Variant TOP_LOGPROBS = new Variant("logprobs", "top_logprobs");

    private final Launcher launcher;

    CudaSampling(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void argmax(Tensor logits, Tensor out) {
        kernel(ARGMAX).arg(logits).arg(out).arg(logits.rowStride()).arg(logits.cols()).launch(logits.rows(), ROW_THREADS, 0);
    }

    @Override
    public void sample(Tensor logits, SamplingBatch batch, Tensor out) {
        kernel(SAMPLE).arg(logits).arg(out).arg(batch.temperature()).arg(batch.topK()).arg(batch.topP()).arg(batch.minP()).arg(batch.seeds())
                .arg(batch.steps()).arg(logits.rowStride()).arg(logits.cols()).launch(logits.rows(), ROW_THREADS, 0);
    }

    @Override
    public void penalize(Tensor logits, PenaltyBatch batch, Tensor out) {
        kernel(PENALIZE).arg(logits).arg(out).arg(batch.counts()).arg(batch.slots()).arg(batch.repetition()).arg(batch.frequency())
                .arg(batch.presence()).arg(logits.rowStride()).arg(out.rowStride()).arg(batch.counts().rowStride()).arg(logits.cols())
                .launch(Math.ceilDiv(logits.cols(), THREADS), logits.rows(), 1, THREADS, 0);
        if (batch.biasIds().elements() > 0) {
            kernel(ADD_BIAS).arg(out).arg(batch.biasStart()).arg(batch.biasIds()).arg(batch.biasValues()).arg(out.rowStride())
                    .launch(logits.rows(), THREADS, 0);
        }
    }

    @Override
    public void count(Tensor counts, Tensor slots, Tensor ids, Counting what) {
        int tokens = Math.toIntExact(ids.elements());
        kernel(COUNT_TOKENS).arg(counts).arg(slots).arg(ids).arg(counts.rowStride()).arg(tokens).arg(what == Counting.PROMPT ? 1 : 0)
                .launch(Math.ceilDiv(tokens, THREADS), THREADS, 0);
    }

    @Override
    public void logprobs(Tensor logits, Tensor ids, Tensor out) {
        kernel(LOGPROBS).arg(logits).arg(ids).arg(out).arg(logits.rowStride()).arg(logits.cols()).launch(logits.rows(), ROW_THREADS, 0);
    }

    @Override
    public void topLogprobs(Tensor logits, int k, Tensor ids, Tensor values) {
        kernel(TOP_LOGPROBS).arg(logits).arg(ids).arg(values).arg(logits.rowStride()).arg(logits.cols()).arg(k)
                .launch(logits.rows(), ROW_THREADS, 0);
    }

    @Override
    public void apply(LogitsExpression expression, Tensor logits, int step) {
        launcher.kernel(launcher.function(new Expression(expression.cuda()), Expression::spec), expression.name()).arg(logits).arg(logits.rowStride())
                .arg(logits.cols()).arg(step).launch(Math.ceilDiv(logits.cols(), THREADS), logits.rows(), 1, THREADS, 0);
    }

    private Launcher kernel(Variant variant) {
        return launcher.kernel(launcher.function(variant, Variant::spec));
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
