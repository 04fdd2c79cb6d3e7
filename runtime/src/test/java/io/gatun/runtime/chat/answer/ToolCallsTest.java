package io.gatun.runtime.chat.answer;

import static io.gatun.runtime.chat.answer.Answers.TOOLS;
import static io.gatun.runtime.chat.answer.Answers.conversation;
import static io.gatun.runtime.chat.answer.Answers.format;
import static io.gatun.runtime.chat.answer.Answers.read;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.runtime.chat.AnswerPart;
import io.gatun.runtime.chat.ToolChoice;
import io.gatun.runtime.chat.answer.Answers.Answer;
import io.gatun.runtime.chat.answer.Answers.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ToolCallsTest {
    private static final AnswerFormat HERMES = format("hermes", "none");
    private static final AnswerFormat LLAMA = format("llama3", "none");
    private static final AnswerFormat MISTRAL = format("mistral", "none");
    private static final AnswerFormat CODER = format("qwen3_coder", "none");
    private static final AnswerFormat GPT_OSS = format("gpt-oss", "gpt-oss");
    private static final String ARGUMENTS = "{\"city\":  \"S\\u00e3o \\\"Paulo\\\" }]<tool_call>\", \"x\": [1, {\"y\": -2.5e3}]}";

    @Test
    void hermesCallsComeWithTheirArgumentsAsWritten() {
        assertCalls(read(HERMES, "<tool_call>\n{\"name\": \"weather\", \"arguments\": " + ARGUMENTS + "}\n</tool_call>"), "", "weather", ARGUMENTS);
        assertCalls(read(HERMES, "I look.\n\n<tool_call>{\"arguments\": {} , \"name\":\"weather\"}</tool_call>\n"
                + "<tool_call>\n{\"name\": \"stop-all\"}\n</tool_call>\n"),
                "I look.", "weather", "{}", "stop-all", "{}");
        assertCalls(read(HERMES, "<tool_call>{\"name\": \"weather\", \"arguments\": null}</tool_call> done "), "done", "weather", "{}");
        assertCalls(read(HERMES, "<tool_call>{\"name\": \"weather\", \"arguments\": \"{\\\"a\\\": 1}\"}</tool_call>"), "", "weather", "{\"a\": 1}");
    }

    @Test
    void aMissingEndMarkerHurtsNobody() {
        assertCalls(read(HERMES, "<tool_call>{\"name\": \"weather\", \"arguments\": {}}<tool_call>{\"name\": \"stop-all\", \"arguments\": {}}"), "",
                "weather", "{}", "stop-all", "{}");
        assertCalls(read(HERMES, "<tool_call>{\"name\": \"weather\", \"arguments\": {}}</tool_ca"), "</tool_ca", "weather", "{}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", " plain\n", "a < b <tool", "<tool_call>", "<tool_call>\nno JSON</tool_call>", "<<tool_call> {name: 1}",
            "<tool_call>{\"name\": \"nobody\", \"arguments\": {\"a\": 1}}</tool_call> so",
            "<tool_call>{\"name\": \"weather\", \"arg", "<tool_call>[]</tool_call>",
            "<tool_call>{\"name\": \"weather\", \"arguments\": [1]}</tool_call>", "<tool_call>{\"name\": 5, \"arguments\": {}}</tool_call>",
            "<tool_call>{\"arguments\": {\"a\": 1}}</tool_call>", "<tool_call>{\"name\": \"weather\", \"arguments\": \"none\"}</tool_call>",
            "<tool_call>{\"name\" \"weather\"}</tool_call>", "  <tool_call>{\"a\": 01}</tool_call>  "})
    void whatIsNoCallIsContent(String text) {
        assertThat(read(HERMES, text)).isEqualTo(new Answer("", text, List.of()));
        var reference = text.replace("<tool_call>", "<|python_tag|>");
        assertThat(read(LLAMA, reference)).isEqualTo(new Answer("", reference, List.of()));
        var mistral = text.replace("<tool_call>", "[TOOL_CALLS]");
        assertThat(read(MISTRAL, mistral)).isEqualTo(new Answer("", mistral, List.of()));
        assertThat(read(CODER, text)).isEqualTo(new Answer("", text, List.of()));
    }

    @Test
    void aCallBehindOneThatFailedIsFound() {
        assertCalls(read(HERMES, "<tool_call>{\"name\": \"nobody\"}</tool_call>\n<tool_call>{\"name\": \"weather\", \"arguments\": {}}</tool_call>"),
                "<tool_call>{\"name\": \"nobody\"}</tool_call>", "weather", "{}");
        assertCalls(read(HERMES, "<tool_call><tool_call>{\"name\": \"weather\", \"arguments\": {}}</tool_call>"), "<tool_call>", "weather", "{}");
    }

    @Test
    void whatComesBehindBrokenArgumentsIsContent() {
        assertCalls(read(HERMES, "<tool_call>{\"name\": \"weather\", \"arguments\": {\"a\": 'b'}}</tool_call>"), "'b'}}</tool_call>", "weather", "{\"a\": ");
        assertCalls(read(HERMES, "<tool_call>{\"name\": \"weather\", \"arguments\": {\"a\": tr"), "", "weather", "{\"a\": tr");
    }

    @Test
    void llamaCallsStandAloneOrBehindTheirMarker() {
        assertCalls(read(LLAMA, "{\"name\": \"weather\", \"parameters\": " + ARGUMENTS + "}"), "", "weather", ARGUMENTS);
        assertCalls(read(LLAMA, "\n{\"type\": \"function\", \"name\": \"weather\", \"parameters\": {}}; {\"name\": \"stop-all\", \"parameters\": {}}"), "",
                "weather", "{}", "stop-all", "{}");
        assertCalls(read(LLAMA, "Well. <|python_tag|>{\"name\": \"weather\", \"parameters\": {\"a\": 1}};{\"name\": \"stop-all\", \"parameters\": {}} Bye;"),
                "Well. Bye;", "weather", "{\"a\": 1}", "stop-all", "{}");
        assertCalls(read(LLAMA, "{\"name\": \"weather\", \"parameters\": {}}\n{\"name\": \"stop-all\", \"parameters\": {}}"), "",
                "weather", "{}", "stop-all", "{}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"city\": \"Paris\", \"name\": \"weather\"}", "{\"name\": \"Paris\"}", "{}", "{\"name\"", "[1, 2]", "import os", "{a}",
            "Say {\"name\": \"weather\", \"parameters\": {}}", "{\"type\": \"x\"}; {\"name\": \"weather\", \"parameters\": {}}"})
    void aLlamaAnswerInJsonIsContent(String text) {
        assertThat(read(LLAMA, text)).isEqualTo(new Answer("", text, List.of()));
    }

    @Test
    void mistralCallsAreAListOrNamedInFront() {
        assertCalls(read(MISTRAL, "[TOOL_CALLS][{\"name\": \"weather\", \"arguments\": " + ARGUMENTS + "}]"), "", "weather", ARGUMENTS);
        assertCalls(read(MISTRAL, "Yes.[TOOL_CALLS] [ {\"name\": \"weather\", \"arguments\": {}, \"id\": \"123456789\"} , "
                + "{\"name\": \"stop-all\", \"arguments\": {}}] "),
                "Yes.", "weather", "{}", "stop-all", "{}");
        assertCalls(read(MISTRAL, "[TOOL_CALLS]weather[ARGS]" + ARGUMENTS + "[TOOL_CALLS]stop-all[CALL_ID]abc123DEF[ARGS]{}"), "", "weather", ARGUMENTS,
                "stop-all", "{}");
        assertCalls(read(MISTRAL, "[TOOL_CALLS][{\"name\": \"weather\", \"arguments\": {}}, {\"name\": \"nobody\"}]!"),
                ", {\"name\": \"nobody\"}]!", "weather", "{}");
        assertThat(read(MISTRAL, "[TOOL_CALLS]nobody[ARGS]{}").content()).isEqualTo("[TOOL_CALLS]nobody[ARGS]{}");
        assertThat(read(MISTRAL, "[TOOL_CALLS]weather[AR").content()).isEqualTo("[TOOL_CALLS]weather[AR");
    }

    @Test
    void aCodersTagsBecomeJsonOfTheToolsTypes() {
        assertCalls(read(CODER, "Now.\n<tool_call>\n<function=weather>\n<parameter=city>\nNew\n\"York\" 5\n</parameter>\n<parameter=days>\n3\n</parameter>\n"
                + "<parameter=metric>True</parameter><parameter=tags>[\"a\", 1]</parameter><parameter=level>null</parameter><parameter=more>7</parameter>\n"
                + "</function>\n</tool_call>\n<tool_call>\n<function=stop-all>\n</function>\n</tool_call>"), "Now.",
                "weather", "{\"city\": \"New\\n\\\"York\\\" 5\", \"days\": 3, \"metric\": true, \"tags\": [\"a\", 1], \"level\": null, \"more\": \"7\"}",
                "stop-all", "{}");
        assertCalls(read(CODER, "<tool_call><function=weather><parameter=days>three</parameter><parameter=tags>[1</parameter></function></tool_call>"), "",
                "weather", "{\"days\": \"three\", \"tags\": \"[1\"}");
        assertCalls(read(CODER, "<tool_call><function=weather><parameter=days>3</parameter>oops</function>"), "oops</function>", "weather", "{\"days\": 3}");
        assertCalls(read(CODER, "<tool_call><function=weather><parameter=days>3</parameter><parameter=city>Par"),
                "<parameter=city>Par", "weather", "{\"days\": 3");
        assertThat(read(CODER, "<tool_call><function=nobody></function></tool_call>").calls()).isEmpty();
    }

    @Test
    void channelsOfGptOssAreThoughtCallAndAnswer() {
        assertThat(read(GPT_OSS, "<|channel|>analysis<|message|>Let me see.<|end|><|start|>assistant<|channel|>final<|message|>It rains.<|return|>"))
                .isEqualTo(new Answer("Let me see.", "It rains.", List.of()));
        var call = read(GPT_OSS, "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary to=functions.weather <|constrain|>json"
                + "<|message|>" + ARGUMENTS + "<|call|>");
        assertThat(call.reasoning()).isEqualTo("Hm.");
        assertCalls(call, "", "weather", ARGUMENTS);
        assertCalls(read(GPT_OSS, " to=functions.weather<|channel|>commentary json<|message|>{}"), "", "weather", "{}");
        assertCalls(read(GPT_OSS, "<|channel|>commentary to=functions.nobody<|message|>{}"), "{}");
        assertCalls(read(GPT_OSS, "no channel at all"), "no channel at all");
    }

    @Test
    void requiredCallsAreAListWhateverTheFormat() {
        for (var format : List.of(HERMES, LLAMA, GPT_OSS, format("none", "qwen3"))) {
            var required = conversation(ToolChoice.REQUIRED, TOOLS);
            assertCalls(read(format, "<think>", required, true, "[{\"name\": \"weather\", \"parameters\": " + ARGUMENTS
                    + "},\n {\"name\": \"stop-all\", \"parameters\": {}}]\n"), "", "weather", ARGUMENTS, "stop-all", "{}");
            assertThat(read(format, "", required, true, "[{\"name\": \"wea").content()).isEqualTo("[{\"name\": \"wea");
            assertThat(read(format, "", required, true, "Sorry [{").content()).isEqualTo("Sorry [{");
        }
        var named = conversation(new ToolChoice.Named("weather"), TOOLS);
        assertCalls(read(HERMES, "", named, true, "[{\"name\": \"weather\", \"parameters\": {}}]"), "", "weather", "{}");
    }

    @Test
    void withoutToolsNothingIsACall() {
        var text = "<tool_call>{\"name\": \"weather\", \"arguments\": {}}</tool_call>";
        assertThat(read(HERMES, "", conversation(ToolChoice.NONE, TOOLS), false, text).content()).isEqualTo(text);
        assertThat(read(HERMES, "", conversation(ToolChoice.AUTO, List.of()), false, text).content()).isEqualTo(text);
    }

    @Test
    void argumentsComeAsTheyAreWritten() {
        var reader = Answers.reader(HERMES, "", conversation(ToolChoice.AUTO, TOOLS), false);
        assertThat(reader.push("Hi <tool_call>{\"name\": \"weather\", \"arguments\": ")).containsExactly(new AnswerPart.Content("Hi"));
        assertThat(reader.push("{\"ci")).hasSize(2).last().isEqualTo(new AnswerPart.ToolCallArguments(0, "{\"ci"));
        assertThat(reader.push("ty\": \"")).containsExactly(new AnswerPart.ToolCallArguments(0, "ty\": \""));
        assertThat(reader.push("x\"}}</tool")).containsExactly(new AnswerPart.ToolCallArguments(0, "x\"}"));
        assertThat(reader.end()).containsExactly(new AnswerPart.Content("</tool"));
    }

    @Test
    void idsAreUniqueAndOfTheirFormat() {
        var calls = read(HERMES, "<tool_call>{\"name\": \"weather\"}</tool_call>".repeat(20)).calls();
        assertThat(calls).extracting(Call::id).doesNotHaveDuplicates().hasSize(20).allMatch(id -> id.matches("call_[0-9a-f]{24}"));
        assertThat(read(MISTRAL, "[TOOL_CALLS]weather[ARGS]{}").calls()).extracting(Call::id).allMatch(id -> id.matches("[0-9A-Za-z]{9}"));
    }

    /** Pieces of calls in random order: whatever comes, the cut does not matter and nothing throws. */
    @Test
    void anyTextGivesTheSameHoweverItIsCut() {
        var pieces = List.of("<tool_call>", "</tool_call>", "{\"name\": ", "\"weather\"", "\"nobody\"", ", \"arguments\": ", "{}", "{\"a\": [1, null]}", "}",
                "]", "[", ",",
                ";", " ", "\n", "text", "<", "[TOOL_CALLS]", "[ARGS]", "<|python_tag|>", "weather", "<function=weather>", "<parameter=city>", "</parameter>",
                "</function>", "<think>", "</think>", "<|channel|>", "analysis", "<|message|>", "<|end|>", "<|start|>",
                "\"parameters\": ", "{\"name\": \"stop-all\"}");
        var formats = new ArrayList<AnswerFormat>();
        for (var calls : List.of("hermes", "llama3", "mistral", "qwen3_coder", "gpt-oss", "none")) {
            formats.add(format(calls, "none"));
            formats.add(format(calls, "qwen3"));
            formats.add(format(calls, "deepseek-r1"));
        }
        var random = new SplittableRandom(11);
        int calls = 0;
        for (int i = 0; i < 700; i++) {
            var text = new StringBuilder();
            for (int length = random.nextInt(14); length > 0; length--) {
                text.append(pieces.get(random.nextInt(pieces.size())));
            }
            var choice = random.nextInt(8) == 0 ? ToolChoice.REQUIRED : ToolChoice.AUTO;
            calls += read(formats.get(i % formats.size()), "", conversation(choice, TOOLS), choice == ToolChoice.REQUIRED, text.toString()).calls().size();
        }
        assertThat(calls).isPositive();
    }

    private static void assertCalls(Answer answer, String content, String... namesAndArguments) {
        var expected = new ArrayList<String>(List.of(namesAndArguments));
        var actual = answer.calls().stream().flatMap(call -> List.of(call.name(), call.arguments()).stream()).toList();
        assertThat(actual).isEqualTo(expected);
        assertThat(answer.content()).isEqualTo(content);
    }
}
