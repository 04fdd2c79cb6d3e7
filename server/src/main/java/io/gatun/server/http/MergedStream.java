package io.gatun.server.http;

import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.GenerationChunk;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.GenerationStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.SynchronousQueue;

/** The outputs of several requests as they come, told apart by their place. A slow reader gets longer chunks, never a growing queue of them. */
public final class MergedStream implements AutoCloseable {
    private final List<GenerationStream> streams;
    private final SynchronousQueue<Item> items = new SynchronousQueue<>();
    private final List<Thread> readers = new ArrayList<>();
    private int open;

    /**
     * A piece of an output.
     *
     * @param request which of the requests
     * @param chunk what came
     */
    public record Place(int request, GenerationChunk chunk) {
    }

    /** What a reader hands over; {@code isLast} says that it has no more of its request, which only it can know. */
    private record Item(int request, Optional<GenerationChunk> chunk, boolean isLast, Optional<RuntimeException> failure) {
    }

    private MergedStream(List<GenerationStream> streams) {
        this.streams = streams;
        open = streams.size();
        if (streams.size() > 1) {
            for (int i = 0; i < streams.size(); i++) {
                int place = i;
                readers.add(Thread.ofVirtual().name("gatun-stream").start(() -> read(place)));
            }
        }
    }

    /** Starts requests; if one of them cannot be, none runs on. */
    public static MergedStream start(Engine engine, List<GenerationRequest> requests) {
        var streams = new ArrayList<GenerationStream>();
        try {
            requests.forEach(request -> streams.add(engine.stream(request)));
        } catch (RuntimeException e) {
            streams.forEach(GenerationStream::close);
            throw e;
        }
        return new MergedStream(streams);
    }

    /** Tokens of one request's prompt. */
    public int promptTokens(int request) {
        return streams.get(request).promptTokens();
    }

    /** Whether more will come; does not wait. */
    public boolean hasNext() {
        return readers.isEmpty() ? streams.getFirst().hasNext() : open > 0;
    }

    /** Waits for the next chunk of any request; fails as soon as one of them does. */
    public Place next() {
        if (readers.isEmpty()) {
            return new Place(0, streams.getFirst().next());
        }
        try {
            var item = items.take();
            if (item.failure().isPresent()) {
                throw item.failure().get();
            }
            if (item.isLast()) {
                open--;
            }
            return new Place(item.request(), item.chunk().orElseThrow());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Aborts what has not ended. */
    @Override
    public void close() {
        readers.forEach(Thread::interrupt);
        streams.forEach(GenerationStream::close);
    }

    private void read(int place) {
        try {
            var stream = streams.get(place);
            while (stream.hasNext()) {
                var chunk = stream.next();
                items.put(new Item(place, Optional.of(chunk), !stream.hasNext(), Optional.empty()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            offer(place, e);
        }
    }

    private void offer(int place, RuntimeException failure) {
        try {
            items.put(new Item(place, Optional.empty(), true, Optional.of(failure)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
