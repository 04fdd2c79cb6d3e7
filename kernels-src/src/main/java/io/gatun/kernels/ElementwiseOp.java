package io.gatun.kernels;

/**
 * A function of one element, {@code x}, as a CUDA C expression and as its twin in Java: an operation that a model brings along. Both compute in fp32. The
 * expression is code: take it only from those who may run code.
 *
 * @param name for messages
 * @param cuda such as {@code x > 0.f ? sqrtf(x) : x}
 * @param java the same; several threads may call it at once
 */
public record ElementwiseOp(String name, String cuda, Function java) {

    /** What an operation computes. */
    @FunctionalInterface
    public interface Function {
        float apply(float x);
    }

    /** @throws IllegalArgumentException if {@code cuda} is more than one expression */
    public ElementwiseOp {
        CudaExpression.require(name, cuda);
    }

    /** An operation. */
    public static ElementwiseOp of(String name, String cuda, Function java) {
        return new ElementwiseOp(name, cuda, java);
    }
}
