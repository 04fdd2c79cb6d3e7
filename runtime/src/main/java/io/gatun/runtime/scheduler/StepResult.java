package io.gatun.runtime.scheduler;

import io.gatun.runtime.engine.TokenLogprob;
import java.util.Optional;

/** What a step gave, by the place of each request in its batch. */
interface StepResult {

    /** Waits until the step has run. */
    void await();

    /** How long the device took for it; 0 where nothing measures that. */
    double deviceSeconds();

    /** The token sampled for request {@code i}. */
    int id(int i);

    /** Its logprob, where the request asks for it. */
    Optional<TokenLogprob> logprob(int i);

    /** Hands on the logprobs of the prompt tokens of request {@code i}, {@code req}, that were in the step, where it asks for them. */
    void promptLogprobs(int i, Req req);

    /** Adds the hidden states of request {@code i} that were in the step to {@link Req#pooled}, where it asks for an embedding. */
    void pool(int i, Req req);

    /** What went wrong with request {@code i} alone. */
    Optional<RuntimeException> failure(int i);

    /** Something went wrong with request {@code i} alone. */
    void fail(int i, RuntimeException cause);
}
