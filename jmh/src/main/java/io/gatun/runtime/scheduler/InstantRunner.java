package io.gatun.runtime.scheduler;

import io.gatun.kernels.cpu.CpuKernels;
import io.gatun.memory.CpuDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Owner;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.BatchBuilder;
import io.gatun.runtime.batch.ForwardMode;
import io.gatun.runtime.cache.KvPool;
import io.gatun.runtime.cache.ReqToTokenPool;

/** A model that takes no time and always says the same, so that what a step takes is the host's work. */
final class InstantRunner implements StepRunner, AutoCloseable {
    private final Owner owner = new Owner();
    private final CpuDevice device;
    private final boolean takesInputs;
    private final BatchBuilder batches;
    private final SamplerInputs sampling;
    private final Tensor ids;
    private final int maxRequests;

    /**
     * A runner of steps.
     *
     * @param takesInputs whether the inputs of model and sampler are laid out as for a real one
     * @param maxTokens the most tokens in a step
     */
    InstantRunner(CpuDevice device, ReqToTokenPool rows, KvPool kvPool, boolean takesInputs, int maxTokens, int maxRequests) {
        this.device = device;
        this.takesInputs = takesInputs;
        this.maxRequests = maxRequests;
        batches = owner.own(new BatchBuilder(owner.own(new CpuKernels(device)), kvPool, rows, maxTokens, maxRequests));
        sampling = owner.own(new SamplerInputs(device, maxRequests));
        ids = owner.own(device.arena("outputs", 0)).allocate(DType.I32, maxRequests).copyFrom(new int[maxRequests]);
    }

    @Override
    public StepResult newResult() {
        return owner.own(new SampledStep(device));
    }

    @Override
    public void launch(StepBatch batch) {
        int size = batch.size();
        var result = (SampledStep) batch.result;
        result.begin(ids.bytes());
        if (takesInputs) {
            if (batch.mode() != ForwardMode.DECODE || !batches.sendDecode(batch.reqs(), maxRequests)) {
                batches.build(batch.mode(), batch.reqs());
            }
            sampling.send(batch.reqs());
            sampling.sampling();
        }
        result.takeIds(ids.narrowRows(0, size));
        result.end();
    }

    @Override
    public void forget(Req req) {
    }

    @Override
    public void close() {
        owner.close();
    }
}
