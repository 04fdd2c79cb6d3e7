package io.gatun.runtime.chat.answer;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** How models write what they think before they answer, by SGLang's names. */
public enum ReasoningFormat {
    /** {@code <think>…</think>}, which may be missing, or opened by the prompt. */
    QWEN3(List.of("qwen3", "deepseek-v3", "interns1"), "<think>", "</think>", false),
    /** The same, where the output begins inside the thought. */
    QWEN3_THINKING(List.of("qwen3-thinking", "minimax"), "<think>", "</think>", true),
    /** The same, where the output begins inside the thought. */
    DEEPSEEK_R1(List.of("deepseek-r1", "step3"), "<think>", "</think>", true),
    /** {@code <think>…</think>}, which may be missing. */
    GLM45(List.of("glm45"), "<think>", "</think>", false),
    /** {@code [THINK]…[/THINK]}, which may be missing. */
    MISTRAL(List.of("mistral"), "[THINK]", "[/THINK]", false),
    /** {@code ◁think▷…◁/think▷}, which may be missing. */
    KIMI(List.of("kimi"), "◁think▷", "◁/think▷", false),
    /** {@code <|channel|>analysis<|message|>…<|end|>}. */
    GPT_OSS(List.of("gpt-oss"), "<|channel|>analysis<|message|>", "<|end|>", false);

    private final List<String> names;
    private final String opening;
    private final String closing;
    private final boolean alwaysThinks;

    ReasoningFormat(List<String> names, String opening, String closing, boolean alwaysThinks) {
        this.names = names;
        this.opening = opening;
        this.closing = closing;
        this.alwaysThinks = alwaysThinks;
    }

    /**
     * The format of a name that SGLang knows it by.
     *
     * @throws IllegalArgumentException if there is none; it lists the names
     */
    public static ReasoningFormat named(String name) {
        return Arrays.stream(values()).filter(format -> format.names.contains(name)).findFirst().orElseThrow(() -> new IllegalArgumentException(
                "reasoning parser is '" + name + "'; it must be 'none' or one of " + Arrays.stream(values()).flatMap(format -> format.names.stream())
                        .collect(Collectors.joining(", "))));
    }

    /** The format that a chat template speaks of, if it is known. */
    public static Optional<ReasoningFormat> of(String template) {
        if (template.contains(GPT_OSS.opening)) {
            return Optional.of(GPT_OSS);
        }
        if (template.contains(QWEN3.opening) || template.contains(QWEN3.closing)) {
            return Optional.of(template.contains("<arg_key>") ? GLM45 : QWEN3);
        }
        return List.of(MISTRAL, KIMI).stream().filter(format -> template.contains(format.opening)).findFirst();
    }

    /** What separates the thought from the rest; a tokenizer may have them as special tokens. */
    public List<String> markers() {
        return this == GPT_OSS ? HarmonyStage.MARKERS : List.of(opening, closing);
    }

    /** Whether an answer to the prompt begins inside a thought. */
    boolean isOpen(String prompt) {
        var end = prompt.stripTrailing();
        return end.endsWith(opening) || alwaysThinks && !end.endsWith(closing);
    }

    /** The prompt with no room left for a thought, as it must be where a grammar has the answer begin at once. */
    String close(String prompt) {
        if (this == GPT_OSS) {
            return prompt.endsWith(HarmonyStage.ASSISTANT) ? prompt + HarmonyStage.FINAL : prompt;
        }
        return prompt.stripTrailing().endsWith(opening) ? prompt.stripTrailing() + "\n\n" + closing + "\n\n" : prompt;
    }

    /**
     * A reader of one output in this format.
     *
     * @param callOpening what begins a tool call and so ends a thought
     * @param answer reads what follows the thought
     */
    Stage stage(String prompt, Optional<String> callOpening, Parts parts, Stage answer) {
        return new ReasoningStage(opening, closing, callOpening, isOpen(prompt), parts, answer);
    }
}
