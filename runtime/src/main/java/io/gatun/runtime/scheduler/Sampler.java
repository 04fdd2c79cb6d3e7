package io.gatun.runtime.scheduler;

import io.gatun.kernels.Kernels;
import io.gatun.kernels.SamplingKernels.Counting;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.sampling.CustomLogitProcessor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Draws the next token of each request of a step, on the device: penalties and bias, then the request's own processor, then the choice. What nobody in the
 * step asks for is not run.
 */
final class Sampler implements AutoCloseable {
    private final Kernels kernels;
    private final SamplerInputs inputs;
    private final PenaltyCounts penalties;
    private final TensorArena arena;
    private final int vocabSize;
    private float[] logitsOnHost = {};

    Sampler(Kernels kernels, int maxRequests, int vocabSize) {
        this.kernels = kernels;
        this.vocabSize = vocabSize;
        inputs = new SamplerInputs(kernels.device(), maxRequests);
        penalties = new PenaltyCounts(kernels, vocabSize);
        arena = kernels.device().arena("sampling", 0);
    }

    /**
     * Samples a token for each row.
     *
     * @param logits f32 [B, V], changed where a request has penalties, bias or a processor
     * @param batch B requests
     * @param ids i32 [B]
     */
    void sample(Tensor logits, StepBatch batch, Tensor ids) {
        var reqs = batch.reqs();
        boolean greedy = true;
        boolean penalized = false;
        boolean counted = false;
        boolean processed = false;
        boolean logprobs = false;
        for (int b = 0; b < reqs.size(); b++) {
            var req = reqs.get(b);
            greedy &= req.params().isGreedy();
            penalized |= req.isPenalized();
            processed |= req.params().customLogitProcessor().isPresent();
            logprobs |= req.params().returnLogprob();
            if (req.countsTokens() && batch.isSampled(b)) {
                counted = true;
                if (!req.hasPenaltySlot()) {
                    penalties.open(req);
                }
            }
        }
        arena.reset();
        var chosen = logits;
        if (logprobs && (penalized || processed)) {
            chosen = arena.allocate(DType.F32, logits.dim(0), logits.dim(1));
        }
        if (!greedy || penalized) {
            inputs.send(reqs);
        }
        if (penalized || chosen != logits) {
            kernels.sampling().penalize(logits, inputs.penalties(penalties.counts()), chosen);
        }
        if (processed) {
            process(chosen, batch);
        }
        if (greedy) {
            kernels.sampling().argmax(chosen, ids);
        } else {
            kernels.sampling().sample(chosen, inputs.sampling(), ids);
        }
        if (counted) {
            kernels.sampling().count(penalties.counts(), inputs.slots(), ids, Counting.GENERATED);
        }
    }

    /** Forgets what is kept of a request. */
    void forget(Req req) {
        penalties.close(req);
    }

    @Override
    public void close() {
        arena.close();
        penalties.close();
        inputs.close();
    }

    private void process(Tensor logits, StepBatch batch) {
        List<Req> reqs = batch.reqs();
        for (int b = 0; b < reqs.size(); b++) {
            var req = reqs.get(b);
            var processor = req.params().customLogitProcessor();
            if (processor.isPresent() && batch.isSampled(b)) {
                try {
                    process(logits.narrowRows(b, 1), req, processor.get());
                } catch (RuntimeException e) {
                    batch.result.fail(b, new RequestException("the custom logit processor of request " + req.id() + " failed: " + e, e));
                }
            }
        }
    }

    private void process(Tensor row, Req req, CustomLogitProcessor processor) {
        switch (processor) {
            case CustomLogitProcessor.OnDevice onDevice -> kernels.sampling().apply(onDevice.expression(), row, req.samplingStep());
            case CustomLogitProcessor.OnHost onHost -> {
                if (logitsOnHost.length < vocabSize) {
                    logitsOnHost = new float[vocabSize];
                }
                kernels.device().copyOut(row, MemorySegment.ofArray(logitsOnHost));
                onHost.function().apply(logitsOnHost, req.tokens().tail(req.promptLen()));
                kernels.device().copyIn(MemorySegment.ofArray(logitsOnHost), row);
            }
        }
    }
}
