package io.gatun.runtime.chat.answer;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.runtime.chat.AnswerPart;
import io.gatun.runtime.chat.AnswerReader;
import io.gatun.runtime.chat.ChatRequest;
import io.gatun.runtime.chat.ToolChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** Reads texts as answers, in one piece and in many. */
final class Answers {
    static final List<Map<String, Object>> TOOLS = List.of(
            tool("weather", Map.of("city", Map.of("type", "string"), "days", Map.of("type", "integer"), "metric", Map.of("type", "boolean"),
                    "tags", Map.of("type", "array"), "level", Map.of("type", List.of("number", "null")))),
            tool("stop-all", Map.of()));
    private static final int RANDOM_SPLITS = 30;

    private Answers() {
    }

    /** An answer put together. */
    record Answer(String reasoning, String content, List<Call> calls) {
    }

    record Call(String id, String name, String arguments) {
    }

    static Map<String, Object> tool(String name, Map<String, Object> properties) {
        return Map.of("type", "function", "function", Map.of("name", name, "parameters", Map.of("type", "object", "properties", properties)));
    }

    static ChatRequest conversation(ToolChoice choice, List<Map<String, Object>> tools) {
        return ChatRequest.builder().user("hi").tools(tools).toolChoice(choice).build();
    }

    static AnswerFormat format(String toolCallParser, String reasoningParser) {
        return AnswerFormat.of(Optional.of(toolCallParser), Optional.of(reasoningParser), Optional.empty());
    }

    /** What a format makes of a text, checked to be the same however the text is cut. */
    static Answer read(AnswerFormat format, String text) {
        return read(format, "user: hi\nassistant:", conversation(ToolChoice.AUTO, TOOLS), false, text);
    }

    static Answer read(AnswerFormat format, String prompt, ChatRequest conversation, boolean isConstrained, String text) {
        var whole = put(reader(format, prompt, conversation, isConstrained), List.of(text));
        assertThat(put(reader(format, prompt, conversation, isConstrained), text.chars().mapToObj(c -> String.valueOf((char) c)).toList())).isEqualTo(whole);
        for (int i = 0; i <= text.length(); i++) {
            var pieces = List.of(text.substring(0, i), text.substring(i));
            assertThat(put(reader(format, prompt, conversation, isConstrained), pieces)).as("cut at %d", i).isEqualTo(whole);
        }
        var random = new SplittableRandom(text.hashCode());
        for (int i = 0; i < RANDOM_SPLITS; i++) {
            assertThat(put(reader(format, prompt, conversation, isConstrained), split(text, random))).isEqualTo(whole);
        }
        return whole;
    }

    static AnswerReader reader(AnswerFormat format, String prompt, ChatRequest conversation, boolean isConstrained) {
        return format.reader(conversation, prompt, isConstrained, new SplittableRandom(7));
    }

    private static List<String> split(String text, SplittableRandom random) {
        var pieces = new ArrayList<String>();
        for (int at = 0; at < text.length();) {
            int end = Math.min(text.length(), at + random.nextInt(6));
            pieces.add(text.substring(at, end));
            at = end;
        }
        return pieces;
    }

    private static Answer put(AnswerReader reader, List<String> pieces) {
        var parts = new ArrayList<AnswerPart>();
        pieces.forEach(piece -> parts.addAll(reader.push(piece)));
        parts.addAll(reader.end());
        var reasoning = new StringBuilder();
        var content = new StringBuilder();
        var calls = new ArrayList<Call>();
        for (var part : parts) {
            switch (part) {
                case AnswerPart.Reasoning(var text) -> reasoning.append(text);
                case AnswerPart.Content(var text) -> content.append(text);
                case AnswerPart.ToolCallBegin(int index, var id, var name) -> {
                    assertThat(index).isEqualTo(calls.size());
                    calls.add(new Call(id, name, ""));
                }
                case AnswerPart.ToolCallArguments(int index, var json) -> {
                    assertThat(json).isNotEmpty();
                    calls.set(index, new Call(calls.get(index).id(), calls.get(index).name(), calls.get(index).arguments() + json));
                }
            }
        }
        return new Answer(reasoning.toString(), content.toString(), calls);
    }
}
