package io.gatun.runtime.engine;

import io.gatun.runtime.chat.AnswerPart;
import io.gatun.runtime.chat.AnswerReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The answers to a conversation as they come; otherwise as {@link GenerationStream}. What may still become the marker of a thought or a tool call is held
 * back; a call's arguments come as the model writes them. The parts put together are the same however the text was cut.
 */
public final class ChatStream implements Iterator<ChatChunk>, AutoCloseable {
    private final GenerationStream stream;
    private final Supplier<AnswerReader> readers;
    private final Map<Integer, AnswerReader> byOutput = new HashMap<>();
    private final Set<Integer> withCalls = new HashSet<>();

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
        if (parts.stream().anyMatch(AnswerPart.ToolCallBegin.class::isInstance)) {
            withCalls.add(chunk.index());
        }
        boolean isComplete = chunk.result().filter(result -> result.finishReason() instanceof FinishReason.Stop).isPresent();
        return new ChatChunk(parts, chunk, isComplete && withCalls.contains(chunk.index()));
    }

    @Override
    public void close() {
        stream.close();
    }
}
