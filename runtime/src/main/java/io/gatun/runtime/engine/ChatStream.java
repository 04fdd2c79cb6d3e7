package io.gatun.runtime.engine;

import io.gatun.runtime.chat.AnswerReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Supplier;

/** The answers to a conversation as they come; otherwise as {@link GenerationStream}. */
public final class ChatStream implements Iterator<ChatChunk>, AutoCloseable {
    private final GenerationStream stream;
    private final Supplier<AnswerReader> readers;
    private final Map<Integer, AnswerReader> byOutput = new HashMap<>();

    ChatStream(GenerationStream stream, Supplier<AnswerReader> readers) {
        this.stream = stream;
        this.readers = readers;
    }

    /** The request's id, to abort it by. */
    public String id() {
        return stream.id();
    }

    @Override
    public boolean hasNext() {
        return stream.hasNext();
    }

    @Override
    public ChatChunk next() {
        var chunk = stream.next();
        var reader = byOutput.computeIfAbsent(chunk.index(), index -> readers.get());
        var parts = new ArrayList<>(reader.push(chunk.text()));
        if (chunk.isLast()) {
            parts.addAll(reader.end());
        }
        return new ChatChunk(parts, chunk);
    }

    @Override
    public void close() {
        stream.close();
    }
}
