package io.gatun.kernels;

import io.gatun.memory.Tensor;

/** Choice of the next token. A row's outcome depends on that row alone, bit for bit, whatever else is in the batch. */
public interface SamplingKernels {
    /** Set in a count where the token is in the prompt. */
    int IN_PROMPT = 1 << 30;
    /** The most likeliest tokens that {@link #topLogprobs} gives. */
    int MAX_TOP_LOGPROBS = 128;

    /** What {@link #count} counts. */
    enum Counting {
        PROMPT, GENERATED
    }

    /**
     * The index of the largest logit of each row, the lowest where several are equal. NaN is never chosen over a number; a row of NaN gives 0.
     *
     * @param logits f32 [B, V], rows may have gaps
     * @param out i32 [B]
     */
    void argmax(Tensor logits, Tensor out);

    /**
     * Draws a token of each row as Hugging Face filters: logits are divided by the temperature; of those the top k stay, with all that equal the k-th; of
     * these the likeliest that together have the probability top p, with all that equal the last; of these all that have at least min p of the likeliest
     * one's probability. The draw divides probabilities by {@link SamplingNoise}, a function of seed, step and token alone.
     *
     * @param logits f32 [B, V], rows may have gaps; negative infinity and NaN are never drawn, unless there is nothing else
     * @param out i32 [B]
     */
    void sample(Tensor logits, SamplingBatch batch, Tensor out);

    /**
     * Applies penalties and biases.
     *
     * @param logits f32 [B, V], rows may have gaps
     * @param out as {@code logits}, and may be the same tensor
     */
    void penalize(Tensor logits, PenaltyBatch batch, Tensor out);

    /**
     * Counts tokens.
     *
     * @param counts i32 [S, V], changed in place
     * @param slots i32 [T], the row of each token, or -1 for none
     * @param ids i32 [T], each in [0, V)
     */
    void count(Tensor counts, Tensor slots, Tensor ids, Counting what);

    /**
     * Log softmax of each row at one place. NaN counts for nothing in the sum; a row with positive infinity, or with nothing but negative, gives NaN.
     *
     * @param logits f32 [B, V], rows may have gaps
     * @param ids i32 [B], each in [0, V)
     * @param out f32 [B]
     */
    void logprobs(Tensor logits, Tensor ids, Tensor out);

    /**
     * The k largest of each row's log softmax, largest first, of equal ones the lower index first.
     *
     * @param logits f32 [B, V], rows may have gaps
     * @param k 1 to {@link #MAX_TOP_LOGPROBS}; where fewer logits are above negative infinity, the other indices are -1 and their values that
     * @param ids i32 [B, k]
     * @param values f32 [B, k]
     */
    void topLogprobs(Tensor logits, int k, Tensor ids, Tensor values);

    /**
     * Changes logits in place by an expression of the caller's.
     *
     * @param logits f32 [B, V], rows may have gaps
     * @param step what the expression is given as {@code step}
     * @throws IllegalArgumentException if the CUDA expression does not compile; the message holds what the compiler said
     */
    void apply(LogitsExpression expression, Tensor logits, int step);
}
