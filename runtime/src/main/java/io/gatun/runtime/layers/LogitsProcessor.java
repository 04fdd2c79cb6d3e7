package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.batch.ForwardMode;
import io.gatun.runtime.weights.LayerContext;

/** Turns hidden states into the logits of each request's next token. */
public final class LogitsProcessor {
    private final LayerContext context;

    public LogitsProcessor(LayerContext context) {
        this.context = context;
    }

    /**
     * The logits after the last token of each request.
     *
     * @param inputIds i32 [T]
     * @param hidden [T, H], normalised
     */
    public LogitsOutput forward(Tensor inputIds, Tensor hidden, LmHead lmHead, ForwardBatch batch) {
        return new LogitsOutput(lmHead.forward(batch.mode() == ForwardMode.DECODE ? hidden : lastRows(hidden, batch)));
    }

    private Tensor lastRows(Tensor hidden, ForwardBatch batch) {
        var out = context.workspace().allocate(hidden.dtype(), batch.size(), hidden.dim(1));
        context.kernels().embedding().gatherRows(hidden, batch.lastRows(), out);
        return out;
    }
}
