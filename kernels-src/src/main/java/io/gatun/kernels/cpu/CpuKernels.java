package io.gatun.kernels.cpu;

import io.gatun.kernels.ActivationKernels;
import io.gatun.kernels.AttentionKernels;
import io.gatun.kernels.ElementwiseKernels;
import io.gatun.kernels.EmbeddingKernels;
import io.gatun.kernels.FillKernels;
import io.gatun.kernels.Kernels;
import io.gatun.kernels.LinearKernels;
import io.gatun.kernels.MlaKernels;
import io.gatun.kernels.MoeKernels;
import io.gatun.kernels.NormKernels;
import io.gatun.kernels.Progress;
import io.gatun.kernels.RopeKernels;
import io.gatun.kernels.SamplingKernels;
import io.gatun.kernels.StepKernels;
import io.gatun.kernels.VisionKernels;
import io.gatun.memory.CpuDevice;
import io.gatun.memory.DType;

/**
 * The operations in Java: the default where there is no GPU, and what the CUDA kernels are held to. Arithmetic is fp32 whatever the tensors
 * hold; weights keep the dtype of the checkpoint. A row's result is the same bit for bit whatever else is in the batch and however many
 * threads take part.
 */
public final class CpuKernels implements Kernels {
    private final CpuDevice device;
    private final Lanes lanes;
    private final WorkerPool pool;
    private final CpuEmbedding embedding;
    private final CpuLinear linear;
    private final CpuNorm norm;
    private final CpuRope rope;
    private final CpuAttention attention;
    private final CpuMla mla;
    private final CpuVision vision;
    private final CpuActivation activation;
    private final CpuMoe moe;
    private final CpuElementwise elementwise;
    private final CpuSampling sampling;
    private final CpuFill fill;
    private final CpuStepInputs step = new CpuStepInputs();

    /** On all processors. The device stays the caller's. */
    public CpuKernels(CpuDevice device) {
        this(device, Runtime.getRuntime().availableProcessors());
    }

    /** @param threads at least 1, the calling thread included */
    public CpuKernels(CpuDevice device, int threads) {
        this(device, threads, Lanes.best());
    }

    CpuKernels(CpuDevice device, int threads, Lanes lanes) {
        this.device = device;
        this.lanes = lanes;
        pool = new WorkerPool(threads);
        var scratch = new Scratch(threads);
        var rows = new Rows(lanes);
        embedding = new CpuEmbedding(rows, pool, scratch);
        linear = new CpuLinear(lanes, rows, pool, scratch);
        norm = new CpuNorm(lanes, rows, pool, scratch);
        rope = new CpuRope(rows, pool, scratch);
        attention = new CpuAttention(lanes, rows, pool, scratch);
        mla = new CpuMla(attention, rows, scratch);
        vision = new CpuVision(lanes, rows, pool, scratch);
        activation = new CpuActivation(lanes, rows, pool, scratch);
        moe = new CpuMoe(lanes, rows, pool, scratch);
        elementwise = new CpuElementwise(rows, pool, scratch);
        sampling = new CpuSampling(lanes, rows, pool, scratch);
        fill = new CpuFill(rows, pool, scratch);
    }

    @Override
    public CpuDevice device() {
        return device;
    }

    @Override
    public DType activationType(DType weights) {
        return DType.F32;
    }

    @Override
    public EmbeddingKernels embedding() {
        return embedding;
    }

    @Override
    public LinearKernels linear() {
        return linear;
    }

    @Override
    public NormKernels norm() {
        return norm;
    }

    @Override
    public RopeKernels rope() {
        return rope;
    }

    @Override
    public AttentionKernels attention() {
        return attention;
    }

    @Override
    public MlaKernels mla() {
        return mla;
    }

    @Override
    public VisionKernels vision() {
        return vision;
    }

    @Override
    public ActivationKernels activation() {
        return activation;
    }

    @Override
    public MoeKernels moe() {
        return moe;
    }

    @Override
    public ElementwiseKernels elementwise() {
        return elementwise;
    }

    @Override
    public SamplingKernels sampling() {
        return sampling;
    }

    @Override
    public FillKernels fill() {
        return fill;
    }

    @Override
    public StepKernels step() {
        return step;
    }

    /** Does nothing: there is nothing to compile. */
    @Override
    public int prepare(Runnable steps, Progress progress) {
        return 0;
    }

    /** Such as {@code cpu, 2 threads, 16 lanes}. */
    @Override
    public String toString() {
        return device.name() + ", " + pool.threads() + (pool.threads() == 1 ? " thread, " : " threads, ") + lanes.name();
    }

    @Override
    public void close() {
        pool.close();
    }
}
