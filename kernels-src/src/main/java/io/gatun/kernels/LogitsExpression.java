package io.gatun.kernels;

/**
 * A function of one logit, as a CUDA C expression and as its twin in Java: {@code x} is the logit, {@code id} its token, {@code step} how many tokens were
 * generated before. The expression is code: take it only from those who may run code.
 *
 * @param name for messages
 * @param cuda such as {@code id % 2 ? -INFINITY : x}
 * @param java the same; several threads may call it at once
 */
public record LogitsExpression(String name, String cuda, Function java) {

    /** What an expression computes. */
    @FunctionalInterface
    public interface Function {
        float apply(float x, int id, int step);
    }

    /** @throws IllegalArgumentException if {@code cuda} is more than one expression */
    public LogitsExpression {
        CudaExpression.require(name, cuda);
    }

    /** An expression. */
    public static LogitsExpression of(String name, String cuda, Function java) {
        return new LogitsExpression(name, cuda, java);
    }
}
