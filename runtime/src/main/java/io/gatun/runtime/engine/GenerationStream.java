package io.gatun.runtime.engine;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The outputs of a request as they come. A reader that is slower than the model gets longer chunks, never a growing queue of them. Closing it before the
 * end aborts the request. For one thread at a time.
 */
public final class GenerationStream implements Iterator<GenerationChunk>, AutoCloseable {
    private final Engine engine;
    private final PendingRequest request;

    GenerationStream(Engine engine, PendingRequest request) {
        this.engine = engine;
        this.request = request;
    }

    /** The request's id, to abort it by. */
    public String id() {
        return request.id();
    }

    /** Tokens of the prompt. */
    public int promptTokens() {
        return request.reqs().getFirst().promptLen();
    }

    /** Whether more will come; does not wait. */
    @Override
    public boolean hasNext() {
        return request.hasMore();
    }

    /**
     * Waits for the next chunk.
     *
     * @throws RequestException if the request failed; also if the calling thread is interrupted, which aborts the request and leaves the thread's
     *     interrupt status set
     */
    @Override
    public GenerationChunk next() {
        if (!hasNext()) {
            throw new NoSuchElementException("request " + request.id() + " has ended");
        }
        try {
            return request.take();
        } catch (InterruptedException e) {
            throw engine.interrupted(request);
        }
    }

    /** The chunks as a stream; closing that closes this. */
    public Stream<GenerationChunk> chunks() {
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED | Spliterator.NONNULL), false).onClose(this::close);
    }

    /** Aborts what has not ended. */
    @Override
    public void close() {
        engine.abort(request, "its stream was closed");
    }
}
