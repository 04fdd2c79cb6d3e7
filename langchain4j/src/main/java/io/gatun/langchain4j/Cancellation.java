package io.gatun.langchain4j;

import dev.langchain4j.model.chat.response.StreamingHandle;

/** Ends an answer early, from any thread: its request is aborted at once, also while it waits for its turn. */
final class Cancellation implements StreamingHandle {
    private volatile boolean cancelled;
    private volatile Runnable abort = () -> { };

    @Override
    public void cancel() {
        cancelled = true;
        abort.run();
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    /** What cancelling does to the request that now runs. */
    void aborts(Runnable value) {
        abort = value;
        if (cancelled) {
            value.run();
        }
    }
}
