package io.gatun.server.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The incoming side of one connection, which can be watched while an answer is made: a thread reads ahead, so that a client that goes away is noticed at
 * once, and what it reads instead is the beginning of the next request.
 */
final class ConnectionWatch {
    private static final Runnable NOTHING = () -> { };

    private final DataReader source;
    private CompletableFuture<byte[]> ahead;
    private volatile Runnable whenClosed = NOTHING;

    ConnectionWatch(DataReader source) {
        this.source = source;
    }

    /** The next bytes, null at the end; for the connection's thread. */
    byte[] read() {
        if (ahead == null) {
            return pull();
        }
        try {
            return ahead.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("interrupted while idle", e);
        } catch (ExecutionException e) {
            throw new CloseConnectionException("the connection broke", e.getCause());
        } finally {
            ahead = null;
        }
    }

    /** Has {@code action} run if the client goes away before {@link #release()}. For the connection's thread, when it has read the request's body. */
    void watch(Runnable action) {
        whenClosed = action;
        if (ahead == null) {
            var next = new CompletableFuture<byte[]>();
            ahead = next;
            Thread.ofVirtual().name("gatun-watch").start(() -> readAhead(next));
        }
    }

    /** Ends the watch. */
    void release() {
        whenClosed = NOTHING;
    }

    private void readAhead(CompletableFuture<byte[]> next) {
        try {
            byte[] bytes = pull();
            next.complete(bytes);
            if (bytes == null) {
                whenClosed.run();
            }
        } catch (RuntimeException e) {
            next.completeExceptionally(e);
            whenClosed.run();
        }
    }

    private byte[] pull() {
        try {
            source.ensureAvailable();
            return source.readBytes(source.available());
        } catch (DataReader.InsufficientDataAvailableException e) {
            return null;
        }
    }
}
