package io.gatun.runtime.chat.answer;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** How models write tool calls, by SGLang's names. */
public enum ToolCallFormat {
    /** {@code <tool_call>\n{"name": …, "arguments": {…}}\n</tool_call>}. */
    HERMES(List.of("hermes", "qwen25", "qwen"), List.of("<tool_call>", "</tool_call>")),
    /** {@code {"name": …, "parameters": {…}}}, behind {@code <|python_tag|>} or alone, several separated by {@code ;}. */
    LLAMA3(List.of("llama3"), List.of("<|python_tag|>")),
    /** {@code [TOOL_CALLS][{"name": …, "arguments": {…}}, …]} or {@code [TOOL_CALLS]name[ARGS]{…}}. */
    MISTRAL(List.of("mistral"), List.of("[TOOL_CALLS]", "[CALL_ID]", "[ARGS]")),
    /** {@code <tool_call><function=…><parameter=…>…</parameter></function></tool_call>}. */
    QWEN3_CODER(List.of("qwen3_coder"), List.of("<tool_call>", "</tool_call>")),
    /** {@code <|channel|>commentary to=functions.… <|constrain|>json<|message|>{…}<|call|>}. */
    GPT_OSS(List.of("gpt-oss"), HarmonyStage.MARKERS);

    private static final JsonCallStage.Syntax ARRAY = new JsonCallStage.Syntax("", "", Optional.empty(), Optional.of('['), false);

    private final List<String> names;
    private final List<String> markers;

    ToolCallFormat(List<String> names, List<String> markers) {
        this.names = names;
        this.markers = markers;
    }

    /**
     * The format of a name that SGLang knows it by.
     *
     * @throws IllegalArgumentException if there is none; it lists the names
     */
    public static ToolCallFormat named(String name) {
        return Arrays.stream(values()).filter(format -> format.names.contains(name)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                "tool call parser is '" + name + "'; it must be 'none' or one of " + Arrays.stream(values()).flatMap(format -> format.names.stream())
                        .collect(Collectors.joining(", "))));
    }

    /** The format that a chat template asks for, if it is known. */
    public static Optional<ToolCallFormat> of(String template) {
        if (template.contains("functions.") && template.contains("<|channel|>")) {
            return Optional.of(GPT_OSS);
        }
        if (template.contains("[TOOL_CALLS]")) {
            return Optional.of(MISTRAL);
        }
        if (template.contains("<tool_call>")) {
            return template.contains("<function=") ? Optional.of(QWEN3_CODER) : template.contains("<arg_key>") ? Optional.empty() : Optional.of(HERMES);
        }
        boolean likeLlama = template.contains("<|python_tag|>") || template.contains("\"parameters\": dictionary of argument name");
        return likeLlama ? Optional.of(LLAMA3) : Optional.empty();
    }

    /** What separates calls from the rest; a tokenizer may have them as special tokens. */
    public List<String> markers() {
        return markers;
    }

    /** What a thought ends before. */
    Optional<String> opening() {
        return this == HERMES || this == QWEN3_CODER ? Optional.of(markers.getFirst()) : Optional.empty();
    }

    /** A reader of one output in this format; {@code tools} are the types of each tool's parameters. */
    Stage stage(Parts parts, CallSink sink, Map<String, ParameterTypes> tools) {
        return switch (this) {
            case HERMES -> new JsonCallStage(new JsonCallStage.Syntax(markers.get(0), markers.get(1), Optional.empty(), Optional.empty(), false), sink);
            case LLAMA3 -> new JsonCallStage(new JsonCallStage.Syntax(markers.getFirst(), "", Optional.of(';'), Optional.of('{'), false), sink);
            case MISTRAL -> new JsonCallStage(new JsonCallStage.Syntax(markers.getFirst(), "", Optional.empty(), Optional.empty(), true), sink);
            case QWEN3_CODER -> new XmlCallStage(sink, tools);
            case GPT_OSS -> new HarmonyStage(parts, sink);
        };
    }

    /** A reader of the list that {@link ToolCallSchema} has a model write, whatever its own format. */
    static Stage array(CallSink sink) {
        return new JsonCallStage(ARRAY, sink);
    }
}
