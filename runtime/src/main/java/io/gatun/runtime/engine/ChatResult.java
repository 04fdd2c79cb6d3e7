package io.gatun.runtime.engine;

import io.gatun.runtime.chat.ToolCall;
import java.util.List;

/**
 * An answer to a conversation.
 *
 * @param reasoning what the model thought before it answered; empty where it did not, or where its form is not known
 * @param content the answer
 * @param toolCalls the tools it asks for
 * @param generation the whole output
 */
public record ChatResult(String reasoning, String content, List<ToolCall> toolCalls, GenerationResult generation) {

    static ChatResult of(GenerationResult result) {
        return new ChatResult("", result.text(), List.of(), result);
    }
}
