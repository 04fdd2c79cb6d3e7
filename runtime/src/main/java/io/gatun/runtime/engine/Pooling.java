package io.gatun.runtime.engine;

/** How the hidden states of a text's tokens become its embedding. */
public enum Pooling {
    /** The last token's. */
    LAST,
    /** The mean of all tokens'. */
    MEAN,
    /** The first token's. */
    CLS
}
