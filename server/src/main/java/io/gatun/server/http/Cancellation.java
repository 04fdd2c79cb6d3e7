package io.gatun.server.http;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Ends what a request waits for, when nobody wants it any more. The engine aborts the request of an interrupted caller, so the request's thread is
 * interrupted, but only while it waits: an interrupt during a write would break the connection.
 */
final class Cancellation {
    private final Thread thread = Thread.currentThread();
    private boolean waiting;
    private Optional<Reason> reason = Optional.empty();

    /** Why nobody wants it. */
    enum Reason { CLIENT_GONE, TIMEOUT, SHUTDOWN }

    /** The request was cancelled while it waited, or before. */
    static final class CancelledException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final Reason reason;

        CancelledException(Reason reason) {
            super(reason.name());
            this.reason = reason;
        }

        Reason reason() {
            return reason;
        }
    }

    /** Ends what is waited for now, or what will be. */
    synchronized void cancel(Reason why) {
        if (reason.isEmpty()) {
            reason = Optional.of(why);
            if (waiting) {
                thread.interrupt();
            }
        }
    }

    /** Breaks the connection if the thread still has not come to an end: whoever reads nothing keeps it writing forever. */
    void force() {
        thread.interrupt();
    }

    synchronized Optional<Reason> reason() {
        return reason;
    }

    /**
     * Waits for {@code work}, on the request's thread.
     *
     * @throws CancelledException if it was cancelled
     */
    <T> T await(Supplier<T> work) {
        begin();
        try {
            return work.get();
        } catch (RuntimeException e) {
            throw reason().<RuntimeException>map(CancelledException::new).orElse(e);
        } finally {
            end();
        }
    }

    private synchronized void begin() {
        reason.ifPresent(why -> {
            throw new CancelledException(why);
        });
        waiting = true;
    }

    private synchronized void end() {
        waiting = false;
        if (reason.isPresent()) {
            Thread.interrupted();
        }
    }
}
