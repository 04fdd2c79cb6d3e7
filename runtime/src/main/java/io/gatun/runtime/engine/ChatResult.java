package io.gatun.runtime.engine;

import io.gatun.runtime.chat.AnswerPart;
import io.gatun.runtime.chat.AnswerReader;
import io.gatun.runtime.chat.ToolCall;
import java.util.ArrayList;
import java.util.List;

/**
 * An answer to a conversation: what {@link ChatStream} hands over, put together.
 *
 * @param reasoning what the model thought before it answered; empty where it did not, or where its form is not known
 * @param content the answer, with what looked like a tool call and was none; white space beside a thought or a call is left out
 * @param toolCalls the tools it asks for; the last one's arguments are incomplete where the output's length ended it
 * @param generation the whole output
 */
public record ChatResult(String reasoning, String content, List<ToolCall> toolCalls, GenerationResult generation) {

    static ChatResult of(GenerationResult result, AnswerReader reader) {
        var reasoning = new StringBuilder();
        var content = new StringBuilder();
        var calls = new ArrayList<AnswerPart.ToolCallBegin>();
        var arguments = new ArrayList<StringBuilder>();
        var parts = new ArrayList<>(reader.push(result.text()));
        parts.addAll(reader.end());
        for (var part : parts) {
            switch (part) {
                case AnswerPart.Reasoning(var text) -> reasoning.append(text);
                case AnswerPart.Content(var text) -> content.append(text);
                case AnswerPart.ToolCallBegin begin -> {
                    calls.add(begin);
                    arguments.add(new StringBuilder());
                }
                case AnswerPart.ToolCallArguments(int index, var json) -> arguments.get(index).append(json);
            }
        }
        var toolCalls = calls.stream().map(call -> new ToolCall(call.id(), call.name(), arguments.get(call.index()).toString())).toList();
        return new ChatResult(reasoning.toString(), content.toString(), toolCalls, result);
    }

    /** Whether the answer is complete and asks for tools, which is OpenAI's finish reason {@code tool_calls}. */
    public boolean endsInToolCalls() {
        return !toolCalls.isEmpty() && generation.finishReason() instanceof FinishReason.Stop;
    }
}
