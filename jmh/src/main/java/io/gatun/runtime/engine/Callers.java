package io.gatun.runtime.engine;

import io.gatun.runtime.scheduler.OutputSink;
import io.gatun.runtime.scheduler.Req;
import java.util.Optional;
import java.util.function.Function;

/** Requests whose outputs go where the engine's callers wait for them. */
public final class Callers {
    private Callers() {
    }

    /**
     * A request with a caller.
     *
     * @param maxNewTokens tokens that the request may get
     * @param streams whether the caller, a virtual thread, takes each token as it comes; otherwise nobody takes any
     * @param request makes the request from the sink of its output
     */
    public static Req send(int maxNewTokens, boolean streams, Function<OutputSink, Req> request) {
        var pending = new PendingRequest("benchmark");
        var generation = pending.newGeneration(streams, maxNewTokens);
        var req = request.apply(generation);
        pending.add(req, new OutputReader(generation, req.id(), 0, req.promptLen(), Optional.empty()));
        if (streams) {
            Thread.ofVirtual().start(() -> takeAll(pending));
        }
        return req;
    }

    private static void takeAll(PendingRequest pending) {
        try {
            while (pending.hasMore()) {
                pending.take();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
