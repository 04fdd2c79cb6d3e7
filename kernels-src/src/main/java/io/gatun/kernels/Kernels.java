package io.gatun.kernels;

import io.gatun.memory.DType;
import io.gatun.memory.Device;

/**
 * The operations that models are made of, by family, on one device. There are two implementations: CUDA, and a CPU twin that says what the CUDA one
 * shall compute. Operations run in the order in which they are called; on a GPU they may still be running when the call returns. Arguments are checked
 * by the layers that call; an operation states what it takes. One thread at a time.
 */
public interface Kernels extends AutoCloseable {

    /** Where the tensors must live. */
    Device device();

    /** The dtype of activations and KV cache for weights of {@code weights}: the same on a GPU, F32 on the CPU. */
    DType activationType(DType weights);

    EmbeddingKernels embedding();

    LinearKernels linear();

    NormKernels norm();

    RopeKernels rope();

    AttentionKernels attention();

    MlaKernels mla();

    VisionKernels vision();

    ActivationKernels activation();

    MoeKernels moe();

    ElementwiseKernels elementwise();

    SamplingKernels sampling();

    FillKernels fill();

    StepKernels step();

    /**
     * Makes ready what {@code steps} will call. The steps are run without effect on any tensor, to learn which kernels they need, and those are
     * compiled in parallel. Does nothing where nothing is compiled.
     *
     * @return how many pieces of code had to be compiled, since no cache had them
     */
    int prepare(Runnable steps, Progress progress);

    /** Frees what the operations hold; the device stays open. */
    @Override
    void close();
}
