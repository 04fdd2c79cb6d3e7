package io.gatun.runtime.scheduler;

import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.engine.TokenLogprob;
import java.util.List;
import java.util.Optional;

/** Where a request's output goes. The scheduler's thread calls it, and must not be held up. Exactly one of {@code finished} and {@code failed} comes, last. */
public interface OutputSink {

    /** The next token of the output. */
    void token(int id, Optional<TokenLogprob> logprob);

    /** The logprobs of prompt tokens, in order, maybe in several calls. */
    void promptLogprobs(List<TokenLogprob> logprobs);

    /** The hidden states that the request asked for, summed up. */
    void embedding(float[] sum);

    /** The output is whole. */
    void finished(FinishReason reason, RequestStats stats);

    /** Nothing more will come, since something went wrong. */
    void failed(RuntimeException cause);
}
