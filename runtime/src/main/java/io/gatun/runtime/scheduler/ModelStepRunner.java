package io.gatun.runtime.scheduler;

import io.gatun.kernels.SamplingKernels;
import io.gatun.memory.DType;
import io.gatun.memory.Owner;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;
import io.gatun.runtime.batch.ExtraOutputs;
import io.gatun.runtime.batch.PooledHidden;
import io.gatun.runtime.batch.PromptLogprobs;
import io.gatun.runtime.model.ModelRunner;
import java.util.List;
import java.util.Optional;

/** Runs steps through a model: forward pass, sampling, and the results on their way to the host. */
public final class ModelStepRunner implements StepRunner, AutoCloseable {
    private final Owner owner = new Owner();
    private final ModelRunner runner;
    private final SamplingKernels kernels;
    private final Sampler sampler;
    private final Tensor nextIds;
    private final TensorArena arena;

    /** A runner of steps with up to {@code maxRunningRequests} requests. */
    public ModelStepRunner(ModelRunner runner, int maxRunningRequests) {
        this.runner = runner;
        var device = runner.device();
        kernels = runner.kernels().sampling();
        sampler = owner.own(new Sampler(runner.kernels(), maxRunningRequests, runner.numLabels().orElse(runner.config().vocabSize())));
        nextIds = owner.own(device.arena("outputs", 0)).allocate(DType.I32, maxRunningRequests);
        arena = owner.own(device.arena("logprobs", 0));
    }

    @Override
    public StepResult newResult() {
        return owner.own(new SampledStep(runner.device()));
    }

    @Override
    public void launch(StepBatch batch) {
        var result = (SampledStep) batch.result;
        int size = batch.size();
        int top = topLogprobs(batch.reqs());
        var promptRows = PromptRows.of(batch);
        arena.reset();
        var pooledRows = PooledRows.of(batch);
        var sums = pooledRows.map(rows -> arena.allocate(DType.F32, rows.count(), runner.numLabels().orElse(runner.config().hiddenSize())));
        result.begin((long) size * Integer.BYTES + HostCopies.ALIGNMENT + LogprobTensors.bytes(size, Math.max(0, top))
                + promptRows.map(rows -> LogprobTensors.bytes(rows.count(), rows.top())).orElse(0L)
                + sums.map(Tensor::bytes).orElse(0L) + HostCopies.ALIGNMENT);
        var promptLogprobs = promptRows.map(rows -> LogprobTensors.allocate(arena, rows.count(), rows.top()));
        var logits = runner.forward(batch.mode(), batch.reqs(), extra(promptRows, promptLogprobs, pooledRows, sums)).nextTokenLogits();
        var ids = nextIds.narrowRows(0, size);
        sampler.sample(logits, batch, ids);
        runner.keepLastTokens(ids);
        result.takeIds(ids);
        if (top >= 0) {
            var logprobs = LogprobTensors.allocate(arena, size, top);
            logprobs.compute(kernels, logits, ids);
            result.takeLogprobs(logprobs, batch.reqs());
        }
        promptRows.ifPresent(rows -> result.takePromptLogprobs(promptLogprobs.orElseThrow(), rows));
        pooledRows.ifPresent(rows -> result.takePooled(sums.orElseThrow(), rows));
        result.end();
    }

    @Override
    public void forget(Req req) {
        sampler.forget(req);
    }

    @Override
    public void close() {
        owner.close();
    }

    private ExtraOutputs extra(Optional<PromptRows> promptRows, Optional<LogprobTensors> logprobs, Optional<PooledRows> pooledRows, Optional<Tensor> sums) {
        return promptRows.isEmpty() && pooledRows.isEmpty() ? ExtraOutputs.NONE
                : new ExtraOutputs(promptRows.map(rows -> wanted(rows, logprobs.orElseThrow())),
                        pooledRows.map(rows -> new PooledHidden(ints(rows.from()), ints(rows.to()), sums.orElseThrow())));
    }

    private PromptLogprobs wanted(PromptRows rows, LogprobTensors into) {
        return new PromptLogprobs(ints(rows.rows()), ints(rows.targets()), into.chosen(), into.topIds(), into.topValues());
    }

    private Tensor ints(int[] values) {
        return arena.allocate(DType.I32, values.length).copyFrom(values);
    }

    /** The most likeliest tokens that a request wants with its output, or -1 if none wants logprobs. */
    private static int topLogprobs(List<Req> reqs) {
        int top = -1;
        for (int b = 0; b < reqs.size(); b++) {
            var params = reqs.get(b).params();
            if (params.returnLogprob()) {
                top = Math.max(top, params.topLogprobsNum());
            }
        }
        return top;
    }
}
