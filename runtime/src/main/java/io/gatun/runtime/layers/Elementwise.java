package io.gatun.runtime.layers;

import io.gatun.kernels.ElementwiseOp;
import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;

/** A function of each element: a multiplier, a soft cap, or whatever a model brings along. */
public final class Elementwise {
    private final LayerContext context;
    private final ElementwiseOp op;

    public Elementwise(LayerContext context, ElementwiseOp op) {
        this.context = context;
        this.op = op;
    }

    /** {@code x * factor}. */
    public static ElementwiseOp multiply(double factor) {
        float f = (float) factor;
        return ElementwiseOp.of("multiply", "x * " + literal(f), x -> x * f);
    }

    /** {@code x / divisor}. */
    public static ElementwiseOp divide(double divisor) {
        float d = (float) divisor;
        return ElementwiseOp.of("divide", "x / " + literal(d), x -> x / d);
    }

    /** {@code cap * tanh(x / cap)} (Gemma 2). */
    public static ElementwiseOp softCap(double cap) {
        float c = (float) cap;
        return ElementwiseOp.of("soft cap", literal(c) + " * tanhf(x / " + literal(c) + ")", x -> c * (float) Math.tanh(x / c));
    }

    /** Changes {@code x} [T, N] in place and returns it. */
    public Tensor forward(Tensor x) {
        context.kernels().elementwise().apply(op, x, x);
        return x;
    }

    /** A number in CUDA C, exactly. */
    private static String literal(float value) {
        return Float.toHexString(value) + "f";
    }
}
