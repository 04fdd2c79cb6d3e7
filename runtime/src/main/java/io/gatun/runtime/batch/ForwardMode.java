package io.gatun.runtime.batch;

/** What a step does for each of its requests. */
public enum ForwardMode {
    /** Several new tokens a request, after a prefix that may be empty: prefill. */
    EXTEND,
    /** One new token a request. */
    DECODE,
    /** Prefill for some requests, one new token for others; the model treats all as prefill. */
    MIXED
}
