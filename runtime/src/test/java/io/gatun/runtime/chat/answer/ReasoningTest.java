package io.gatun.runtime.chat.answer;

import static io.gatun.runtime.chat.answer.Answers.TOOLS;
import static io.gatun.runtime.chat.answer.Answers.conversation;
import static io.gatun.runtime.chat.answer.Answers.format;
import static io.gatun.runtime.chat.answer.Answers.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.gatun.runtime.chat.AnswerPart;
import io.gatun.runtime.chat.ToolChoice;
import io.gatun.runtime.chat.answer.Answers.Answer;
import io.gatun.runtime.chat.answer.Answers.Call;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReasoningTest {
    private static final AnswerFormat QWEN3 = format("hermes", "qwen3");
    private static final AnswerFormat R1 = format("none", "deepseek-r1");
    private static final String NEUTRAL = "<|im_start|>assistant\n";
    private static final String OPEN = NEUTRAL + "<think>\n";
    private static final String CLOSED = NEUTRAL + "<think>\n\n</think>\n\n";

    @Test
    void aThoughtInFrontIsReasoning() {
        assertAnswer(answer(QWEN3, NEUTRAL, "<think>\nWell, \n\n2 < 3.\n</think>\n\nYes.\n"), "Well, \n\n2 < 3.", "Yes.\n");
        assertAnswer(answer(QWEN3, NEUTRAL, "<think>\n\n</think>\n\nYes."), "", "Yes.");
        assertAnswer(answer(QWEN3, NEUTRAL, "<think>cut off </thi"), "cut off </thi", "");
        assertAnswer(answer(format("none", "mistral"), NEUTRAL, "[THINK]Hm.[/THINK]Yes."), "Hm.", "Yes.");
        assertAnswer(answer(format("none", "kimi"), NEUTRAL, "◁think▷Hm.◁/think▷Yes."), "Hm.", "Yes.");
        assertAnswer(answer(format("none", "glm45"), NEUTRAL, "\n<think>Hm.</think>\nYes."), "Hm.", "Yes.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n Yes. ", "<thin", "Look: <think>x</think>", " <b>", "<thinking>", "</think>"})
    void withoutOneEverythingIsContent(String text) {
        assertAnswer(answer(format("none", "qwen3"), NEUTRAL, text), "", text);
        assertAnswer(answer(R1, CLOSED, text), "", text);
    }

    @Test
    void anOutputMayBeginInsideTheThought() {
        assertAnswer(answer(R1, NEUTRAL, "Hm.\n</think>\n\nYes."), "Hm.", "Yes.");
        assertAnswer(answer(R1, NEUTRAL, "<think>\nHm.\n</think>\n\nYes."), "Hm.", "Yes.");
        assertAnswer(answer(R1, NEUTRAL, "</think>Yes."), "", "Yes.");
        assertAnswer(answer(QWEN3, OPEN, "Hm.</think>Yes.</think>"), "Hm.", "Yes.</think>");
        assertAnswer(answer(format("none", "qwen3-thinking"), OPEN, "Hm. "), "Hm.", "");
    }

    @Test
    void aClosedThoughtLeavesTheAnswerAlone() {
        assertAnswer(answer(QWEN3, CLOSED, "Yes, <think> is a tag."), "", "Yes, <think> is a tag.");
    }

    @Test
    void thoughtsAndCallsGoTogether() {
        var call = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Bonn\"}}\n</tool_call>";
        var both = read(QWEN3, NEUTRAL, conversation(ToolChoice.AUTO, TOOLS), false, "<think>\nLook it up.\n</think>\n\n" + call);
        assertThat(both.reasoning()).isEqualTo("Look it up.");
        assertThat(both.content()).isEmpty();
        assertThat(both.calls()).extracting(Call::name, Call::arguments).containsExactly(tuple("weather", "{\"city\": \"Bonn\"}"));
        var unclosed = read(QWEN3, OPEN, conversation(ToolChoice.AUTO, TOOLS), false, "Look it up.\n" + call);
        assertThat(unclosed.reasoning()).isEqualTo("Look it up.");
        assertThat(unclosed.calls()).hasSize(1);
        assertAnswer(answer(QWEN3, OPEN, "The tag <tool_call> is one.</think>Yes."), "The tag <tool_call> is one.", "Yes.");
    }

    @Test
    void aThoughtComesAsItIsWritten() {
        var reader = Answers.reader(QWEN3, NEUTRAL, conversation(ToolChoice.AUTO, List.of()), false);
        assertThat(reader.push("<think>\nI ")).containsExactly(new AnswerPart.Reasoning("I"));
        assertThat(reader.push("think </")).containsExactly(new AnswerPart.Reasoning(" think"));
        assertThat(reader.push("b>.</think>\n")).containsExactly(new AnswerPart.Reasoning(" </b>."));
        assertThat(reader.push("\nYes")).containsExactly(new AnswerPart.Content("Yes"));
    }

    @Test
    void aGrammarLeavesNoRoomForAThought() {
        assertThat(R1.closeThought(OPEN)).isEqualTo(CLOSED);
        assertThat(R1.closeThought(NEUTRAL)).isEqualTo(NEUTRAL);
        assertThat(format("none", "gpt-oss").closeThought("<|start|>assistant")).isEqualTo("<|start|>assistant<|channel|>final<|message|>");
        assertAnswer(read(R1, CLOSED, conversation(ToolChoice.AUTO, List.of()), true, "{\"a\": 1}"), "", "{\"a\": 1}");
        assertAnswer(read(format("gpt-oss", "gpt-oss"), "", conversation(ToolChoice.AUTO, TOOLS), true, "{\"a\": 1}"), "", "{\"a\": 1}");
    }

    private static Answer answer(AnswerFormat format, String prompt, String text) {
        return read(format, prompt, conversation(ToolChoice.AUTO, List.of()), false, text);
    }

    private static void assertAnswer(Answer answer, String reasoning, String content) {
        assertThat(answer).isEqualTo(new Answer(reasoning, content, List.of()));
    }
}
