package io.gatun.runtime.chat.answer;

import io.gatun.runtime.chat.AnswerPart;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** Collects the parts of an answer, neighbours of one kind put together. */
final class Parts {
    private final Supplier<String> callIds;
    private final List<AnswerPart> parts = new ArrayList<>();
    private final StringBuilder reasoning = new StringBuilder();
    private final StringBuilder content = new StringBuilder();
    private final StringBuilder arguments = new StringBuilder();
    private int calls;

    /** @param callIds gives each call its id */
    Parts(Supplier<String> callIds) {
        this.callIds = callIds;
    }

    void reasoning(CharSequence text) {
        add(reasoning, text);
    }

    void content(CharSequence text) {
        add(content, text);
    }

    void begin(String name) {
        close();
        parts.add(new AnswerPart.ToolCallBegin(calls++, callIds.get(), name));
    }

    /** More of the arguments of the call that began last. */
    void arguments(CharSequence json) {
        add(arguments, json);
    }

    /** What came since the last time. */
    List<AnswerPart> take() {
        close();
        var taken = List.copyOf(parts);
        parts.clear();
        return taken;
    }

    private void add(StringBuilder kind, CharSequence text) {
        if (!text.isEmpty()) {
            if (kind.isEmpty()) {
                close();
            }
            kind.append(text);
        }
    }

    private void close() {
        close(reasoning, AnswerPart.Reasoning::new);
        close(content, AnswerPart.Content::new);
        close(arguments, json -> new AnswerPart.ToolCallArguments(calls - 1, json));
    }

    private void close(StringBuilder kind, Function<String, AnswerPart> part) {
        if (!kind.isEmpty()) {
            parts.add(part.apply(kind.toString()));
            kind.setLength(0);
        }
    }
}
