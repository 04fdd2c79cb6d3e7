package io.gatun.runtime.layers;

import io.gatun.kernels.ElementwiseOp;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.batch.ForwardMode;
import io.gatun.runtime.batch.PromptLogprobs;
import io.gatun.runtime.weights.LayerContext;
import java.util.Arrays;
import java.util.List;

/** Turns hidden states into the logits of each request's next token. */
public final class LogitsProcessor {
    private static final long ROWS_AT_ONCE = 256;

    private final LayerContext context;
    private final List<Elementwise> changes;

    /**
     * A processor.
     *
     * @param changes what becomes of the logits before anything is made of them, such as {@link Elementwise#softCap}
     */
    public LogitsProcessor(LayerContext context, ElementwiseOp... changes) {
        this.context = context;
        this.changes = Arrays.stream(changes).map(op -> new Elementwise(context, op)).toList();
    }

    /**
     * The logits after the last token of each request.
     *
     * @param inputIds i32 [T]
     * @param hidden [T, H], normalised
     */
    public LogitsOutput forward(Tensor inputIds, Tensor hidden, LmHead lmHead, ForwardBatch batch) {
        batch.extra().promptLogprobs().ifPresent(wanted -> promptLogprobs(hidden, lmHead, wanted));
        batch.extra().pooledHidden().ifPresent(pooled -> context.kernels().embedding().sumRows(hidden, pooled.from(), pooled.to(), pooled.sums()));
        var logits = lmHead.forward(batch.mode() == ForwardMode.DECODE ? hidden : lastRows(hidden, batch));
        change(logits);
        return new LogitsOutput(logits);
    }

    private void change(Tensor logits) {
        for (int i = 0; i < changes.size(); i++) {
            changes.get(i).forward(logits);
        }
    }

    /** Some rows at a time, for all logits of a long prompt would fill the device. */
    private void promptLogprobs(Tensor hidden, LmHead lmHead, PromptLogprobs wanted) {
        long count = wanted.rows().dim(0);
        var rows = context.workspace().allocateForStep(hidden.dtype(), Math.min(count, ROWS_AT_ONCE), hidden.dim(1));
        var logits = context.workspace().allocateForStep(DType.F32, Math.min(count, ROWS_AT_ONCE), lmHead.vocabSize());
        for (long from = 0; from < count; from += ROWS_AT_ONCE) {
            long n = Math.min(ROWS_AT_ONCE, count - from);
            context.kernels().embedding().gatherRows(hidden, wanted.rows().narrowRows(from, n), rows.narrowRows(0, n));
            lmHead.forward(rows.narrowRows(0, n), logits.narrowRows(0, n));
            change(logits.narrowRows(0, n));
            var sampling = context.kernels().sampling();
            sampling.logprobs(logits.narrowRows(0, n), wanted.targets().narrowRows(from, n), wanted.logprobs().narrowRows(from, n));
            int top = wanted.topIds().cols();
            if (top > 0) {
                sampling.topLogprobs(logits.narrowRows(0, n), top, wanted.topIds().narrowRows(from, n), wanted.topLogprobs().narrowRows(from, n));
            }
        }
    }

    private Tensor lastRows(Tensor hidden, ForwardBatch batch) {
        var out = context.workspace().allocate(hidden.dtype(), batch.size(), hidden.dim(1));
        context.kernels().embedding().gatherRows(hidden, batch.lastRows(), out);
        return out;
    }
}
