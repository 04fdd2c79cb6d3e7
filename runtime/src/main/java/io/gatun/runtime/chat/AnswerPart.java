package io.gatun.runtime.chat;

/** A piece of an answer as it comes. */
public sealed interface AnswerPart {

    /** More of what the model thinks before it answers. */
    record Reasoning(String text) implements AnswerPart {
    }

    /** More of the answer. */
    record Content(String text) implements AnswerPart {
    }

    /**
     * A tool call begins.
     *
     * @param index which of the answer's calls, from 0
     */
    record ToolCallBegin(int index, String id, String name) implements AnswerPart {
    }

    /** More of a call's arguments, which put together are a JSON object. */
    record ToolCallArguments(int index, String json) implements AnswerPart {
    }
}
