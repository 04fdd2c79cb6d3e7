package io.gatun.kernels;

/** Where a norm's product with its weight is rounded; families differ. */
public enum NormStyle {
    /** The normalised value is rounded to the dtype, then multiplied (Llama and most others). */
    LLAMA,
    /** Multiplied in fp32 and rounded once (OLMo 2, gpt-oss). */
    FP32,
    /** Multiplied by {@code 1 + weight} in fp32 and rounded once (Gemma). */
    GEMMA
}
