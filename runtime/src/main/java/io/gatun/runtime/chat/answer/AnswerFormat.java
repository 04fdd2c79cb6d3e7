package io.gatun.runtime.chat.answer;

import io.gatun.runtime.chat.AnswerPart;
import io.gatun.runtime.chat.AnswerReader;
import io.gatun.runtime.chat.ChatRequest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * How a model's answers are written.
 *
 * @param toolCalls how it calls tools; empty where that is not known, so that calls are content
 * @param reasoning how it thinks; empty where it does not
 */
public record AnswerFormat(Optional<ToolCallFormat> toolCalls, Optional<ReasoningFormat> reasoning) {
    /** The name that turns a parser off. */
    public static final String OFF = "none";

    /**
     * The formats that are named, else those that the chat template shows.
     *
     * @throws IllegalArgumentException if a name is unknown; it lists the names
     */
    public static AnswerFormat of(Optional<String> toolCallParser, Optional<String> reasoningParser, Optional<String> template) {
        return new AnswerFormat(choose(toolCallParser, ToolCallFormat::named, template.flatMap(ToolCallFormat::of)),
                choose(reasoningParser, ReasoningFormat::named, template.flatMap(ReasoningFormat::of)));
    }

    private static <T> Optional<T> choose(Optional<String> name, Function<String, T> named, Optional<T> found) {
        return name.isEmpty() ? found : name.filter(given -> !given.equals(OFF)).map(named);
    }

    /** The markers that the text of an answer must keep, special tokens or not. */
    public Set<String> markers(ChatRequest conversation) {
        var markers = new LinkedHashSet<String>();
        reasoning.ifPresent(format -> markers.addAll(format.markers()));
        if (!conversation.offeredTools().isEmpty()) {
            toolCalls.ifPresent(format -> markers.addAll(format.markers()));
        }
        return markers;
    }

    /** The prompt for an answer that a grammar constrains from its first token on: a thought that it leaves open is closed. */
    public String closeThought(String prompt) {
        return reasoning.map(format -> format.close(prompt)).orElse(prompt);
    }

    /**
     * A reader of one answer.
     *
     * @param prompt what the answer continues
     * @param isConstrained whether a grammar holds from the answer's first token on, so that it has no thought
     * @param ids what ids of tool calls are drawn from
     */
    public AnswerReader reader(ChatRequest conversation, String prompt, boolean isConstrained, RandomGenerator ids) {
        var parts = new Parts(new CallIds(ids, toolCalls.filter(format -> format == ToolCallFormat.MISTRAL).isPresent()));
        var stage = stage(conversation, prompt, isConstrained, parts);
        return new AnswerReader() {
            @Override
            public List<AnswerPart> push(String text) {
                stage.pushAll(text);
                return parts.take();
            }

            @Override
            public List<AnswerPart> end() {
                stage.end();
                return parts.take();
            }
        };
    }

    private Stage stage(ChatRequest conversation, String prompt, boolean isConstrained, Parts parts) {
        var tools = conversation.offeredFunctions();
        var sink = new CallSink(parts, tools.keySet());
        if (conversation.requiresCalls()) {
            return ToolCallFormat.array(sink);
        }
        boolean isHarmony = !isConstrained && (reasoning.filter(format -> format == ReasoningFormat.GPT_OSS).isPresent()
                || toolCalls.filter(format -> format == ToolCallFormat.GPT_OSS).isPresent());
        if (isHarmony) {
            return new HarmonyStage(parts, sink);
        }
        var calls = toolCalls.filter(format -> !tools.isEmpty() && format != ToolCallFormat.GPT_OSS);
        var answer = calls.map(format -> format.stage(parts, sink, types(tools))).orElseGet(() -> new ContentStage(parts));
        return isConstrained ? answer : reasoning.map(format -> format.stage(prompt, calls.flatMap(ToolCallFormat::opening), parts, answer)).orElse(answer);
    }

    private static Map<String, ParameterTypes> types(Map<String, Map<?, ?>> tools) {
        return tools.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey,
                tool -> tool.getValue().get("parameters") instanceof Map<?, ?> schema ? ParameterTypes.of(schema) : ParameterTypes.NONE));
    }
}
