package io.gatun.runtime.sampling;

import io.gatun.kernels.LogitsExpression;

/**
 * A caller's own change to the logits of its request, before a token is drawn and after penalties and bias (SGLang's custom_logit_processor). If it
 * throws, its request alone ends, with that as the cause.
 */
public sealed interface CustomLogitProcessor {

    /** What a processor in Java computes. */
    @FunctionalInterface
    interface Function {
        /**
         * Changes logits in place. The engine's thread calls it, and every request waits for it.
         *
         * @param logits of the next token, one for each id; negative infinity forbids a token
         * @param outputIds the tokens generated so far
         */
        void apply(float[] logits, int[] outputIds);
    }

    /** Runs in Java: the logits travel to the host and back, and the device waits. */
    record OnHost(Function function) implements CustomLogitProcessor {
    }

    /** Runs where the logits are: one expression for each of them. */
    record OnDevice(LogitsExpression expression) implements CustomLogitProcessor {
    }

    /** A processor in Java. */
    static CustomLogitProcessor of(Function function) {
        return new OnHost(function);
    }

    /** A processor on the device. */
    static CustomLogitProcessor of(LogitsExpression expression) {
        return new OnDevice(expression);
    }
}
