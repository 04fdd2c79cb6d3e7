package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.chat.AnswerPart;
import io.gatun.runtime.chat.ChatRequest;
import io.gatun.runtime.chat.ChatTemplateException;
import io.gatun.runtime.chat.ToolCall;
import io.gatun.runtime.chat.ToolChoice;
import io.gatun.runtime.engine.ChatResult;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.GenerationRequest.Prompt;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.grammar.Grammar;
import io.gatun.runtime.sampling.CustomLogitProcessor;
import io.gatun.runtime.sampling.SamplingParams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers with thoughts and tool calls through the engine, the sample model being made to write them. */
class EngineAnswerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int END = 4;
    private static final String RENAMED = "<|start_header_id|>";
    private static final String MARKER = "<|python_tag|>";
    private static final List<Map<String, Object>> TOOLS = List.of(
            Map.of("type", "function", "function", Map.of("name", "weather", "parameters", Map.of("type", "object"))));
    private static final ChatRequest WITH_TOOLS = ChatRequest.builder().user("Weather?").tools(TOOLS).build();

    @TempDir
    private Path folder;

    @Test
    void thoughtsAndCallsOfTheTemplatesFormat() throws IOException {
        try (var engine = load("{{ messages[0].content }}<think> {# <tool_call> #}")) {
            var text = "Hm, let me see.</think>\n\nI look it up.\n"
                    + "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"S\u00e3o Paulo\"}}\n</tool_call>";
            var whole = engine.answer(WITH_TOOLS, writing(engine, text)).getFirst();
            assertThat(whole.reasoning()).isEqualTo("Hm, let me see.");
            assertThat(whole.content()).isEqualTo("I look it up.");
            assertThat(whole.toolCalls()).extracting(ToolCall::name, ToolCall::arguments)
                    .containsExactly(tuple("weather", "{\"city\": \"S\u00e3o Paulo\"}"));
            assertThat(whole.generation().text()).isEqualTo(text);
            assertThat(whole.endsInToolCalls()).isTrue();
            assertStreamsAs(engine, WITH_TOOLS, writing(engine, text), whole);
            var cut = engine.answer(WITH_TOOLS, writing(engine, text).toBuilder().maxNewTokens(40).build()).getFirst();
            assertThat(cut.endsInToolCalls()).isFalse();
            var none = engine.answer(ChatRequest.builder().user("Weather?").tools(TOOLS).toolChoice(ToolChoice.NONE).build(), writing(engine, text)).getFirst();
            assertThat(none.toolCalls()).isEmpty();
            assertThat(none.content()).contains("<tool_call>");
        }
    }

    @Test
    void markersThatAreSpecialTokensAreSeenAndOthersAreNot() throws IOException {
        try (var engine = load("{{ messages[0].content }} {# <|python_tag|> #}")) {
            var tokenizer = engine.tokenizer().orElseThrow();
            int marker = tokenizer.idOf(MARKER).orElseThrow();
            assertThat(tokenizer.isSpecial(marker)).isTrue();
            int[] hello = tokenizer.encode("Hello", false);
            int[] call = tokenizer.encode("{\"name\": \"weather\", \"parameters\": {}}", false);
            var ids = new ArrayList<Integer>();
            Arrays.stream(hello).forEach(ids::add);
            ids.add(0);
            ids.add(marker);
            Arrays.stream(call).forEach(ids::add);
            ids.add(END);
            var result = engine.answer(WITH_TOOLS, writing(ids)).getFirst();
            assertThat(result.content()).isEqualTo("Hello");
            assertThat(result.toolCalls()).extracting(ToolCall::name).containsExactly("weather");
            assertStreamsAs(engine, WITH_TOOLS, writing(ids), result);
            var withoutTools = engine.answer(ChatRequest.builder().user("Weather?").build(), writing(ids)).getFirst();
            assertThat(withoutTools.content()).isEqualTo("Hello{\"name\": \"weather\", \"parameters\": {}}");
        }
    }

    @Test
    void aToolChoiceShowsItsToolsAndMakesAGrammar() throws IOException {
        try (var engine = load("{{ tools | tojson }}<think> {# <tool_call> #}")) {
            var params = SamplingParams.greedy(4);
            assertThat(prompt(engine, ToolChoice.AUTO, params)).contains("weather").endsWith("<think> ");
            assertThat(prompt(engine, ToolChoice.NONE, params)).startsWith("null");
            assertThat(prompt(engine, ToolChoice.REQUIRED, params)).contains("weather").endsWith("<think>\n\n</think>\n\n");
            var required = engine.chatRequest(choosing(ToolChoice.REQUIRED), params).params().grammar().orElseThrow();
            assertThat(((Grammar.JsonSchema) required).schema()).contains("\"enum\":[\"weather\"]");
            assertThat(engine.chatRequest(choosing(ToolChoice.AUTO), params).params().grammar()).isEmpty();
            assertRefused(engine, choosing(new ToolChoice.Named("time")), params,
                    "tool choice names the tool 'time', but there is no such tool; it must be one of weather");
            assertRefused(engine, ChatRequest.builder().user("hi").toolChoice(ToolChoice.REQUIRED).build(), params, "there are no tools");
            assertRefused(engine, choosing(ToolChoice.REQUIRED), params.toBuilder().grammar(Grammar.jsonObject()).build(), "have a grammar, too");
        }
    }

    @Test
    void optionsChooseTheFormatOrNone() throws IOException {
        prepare("{{ messages[0].content }}<think> {# <tool_call> #}");
        try (var engine = Engine.load(Checkpoints.onCpu(folder).maxTotalTokens(2048).toolCallParser("llama3").reasoningParser("none").build())) {
            var result = engine.answer(WITH_TOOLS, writing(engine, "{\"name\": \"weather\", \"parameters\": {}}")).getFirst();
            assertThat(result.toolCalls()).hasSize(1);
            assertThat(engine.answer(WITH_TOOLS, writing(engine, "a</think>b")).getFirst().content()).isEqualTo("a</think>b");
        }
    }

    @Test
    void callsInTheConversationAreShownToTheModel() throws IOException {
        try (var engine = load("{% for m in messages %}{{ m.role }}: "
                + "{% for c in m.tool_calls %}{{ c.function.arguments.city }}{% endfor %}{{ m.content }}\n{% endfor %}")) {
            var conversation = ChatRequest.builder().user("Weather?").message(assistant("{\"city\": \"Bonn\"}"))
                    .message(Map.of("role", "tool", "tool_call_id", "call_1", "content", List.of(Map.of("type", "text", "text", "rain")))).build();
            assertThat(((Prompt.Text) engine.chatRequest(conversation, SamplingParams.greedy(1)).prompt()).text())
                    .isEqualTo("user: Weather?\nassistant: Bonn\ntool: rain\n");
            var malformed = ChatRequest.builder().user("Weather?").message(assistant("{\"city")).build();
            assertThatThrownBy(() -> engine.chatRequest(malformed, SamplingParams.greedy(1))).isInstanceOf(ChatTemplateException.class)
                    .hasMessageContaining("message 1 has a call of the tool 'weather' with the arguments {\"city; they must be a JSON object");
        }
    }

    private static Map<String, Object> assistant(String arguments) {
        var message = new LinkedHashMap<String, Object>();
        message.put("role", "assistant");
        message.put("content", null);
        message.put("tool_calls", List.of(Map.of("id", "call_1", "type", "function", "function", Map.of("name", "weather", "arguments", arguments))));
        return message;
    }

    private static ChatRequest choosing(ToolChoice choice) {
        return WITH_TOOLS.withToolChoice(choice);
    }

    private static String prompt(Engine engine, ToolChoice choice, SamplingParams params) {
        return ((Prompt.Text) engine.chatRequest(choosing(choice), params).prompt()).text();
    }

    private static void assertRefused(Engine engine, ChatRequest conversation, SamplingParams params, String message) {
        assertThatThrownBy(() -> engine.answer(conversation, params)).isInstanceOf(RequestException.class).hasMessageContaining(message);
    }

    /** The parts of a stream make up the whole answer; ids of calls are drawn anew. */
    private static void assertStreamsAs(Engine engine, ChatRequest conversation, SamplingParams params, ChatResult whole) {
        var reasoning = new StringBuilder();
        var content = new StringBuilder();
        var names = new ArrayList<String>();
        var arguments = new StringBuilder();
        int ends = 0;
        try (var stream = engine.answerStream(conversation, params)) {
            while (stream.hasNext()) {
                var chunk = stream.next();
                ends += chunk.endsInToolCalls() ? 1 : 0;
                for (var part : chunk.parts()) {
                    switch (part) {
                        case AnswerPart.Reasoning(var text) -> reasoning.append(text);
                        case AnswerPart.Content(var text) -> content.append(text);
                        case AnswerPart.ToolCallBegin begin -> names.add(begin.name());
                        case AnswerPart.ToolCallArguments(int index, var json) -> arguments.append(json);
                    }
                }
            }
        }
        assertThat(reasoning.toString()).isEqualTo(whole.reasoning());
        assertThat(content.toString()).isEqualTo(whole.content());
        assertThat(names).isEqualTo(whole.toolCalls().stream().map(ToolCall::name).toList());
        assertThat(arguments.toString()).isEqualTo(String.join("", whole.toolCalls().stream().map(ToolCall::arguments).toList()));
        assertThat(ends).isEqualTo(whole.endsInToolCalls() ? 1 : 0);
    }

    /** Parameters that make any model write a text, and then end. */
    private static SamplingParams writing(Engine engine, String text) {
        var ids = new ArrayList<Integer>();
        Arrays.stream(engine.tokenizer().orElseThrow().encode(text, false)).forEach(ids::add);
        ids.add(END);
        return writing(ids);
    }

    private static SamplingParams writing(List<Integer> ids) {
        var forced = CustomLogitProcessor.of((CustomLogitProcessor.Function) (logits, outputIds) -> {
            Arrays.fill(logits, Float.NEGATIVE_INFINITY);
            logits[ids.get(Math.min(outputIds.length, ids.size() - 1))] = 0;
        });
        return SamplingParams.greedy(ids.size() + 8).toBuilder().customLogitProcessor(forced).build();
    }

    private Engine load(String template) throws IOException {
        prepare(template);
        return Engine.load(Checkpoints.onCpu(folder).maxTotalTokens(2048).build());
    }

    /** The sample with another template, and its third special token renamed to Llama's marker of calls. */
    private void prepare(String template) throws IOException {
        Checkpoints.copy("sample-llama", folder, config -> { });
        Files.writeString(folder.resolve("chat_template.jinja"), template);
        var file = folder.resolve("tokenizer.json").toFile();
        var tokenizer = (ObjectNode) JSON.readTree(file);
        ((ObjectNode) ((ArrayNode) tokenizer.get("added_tokens")).get(2)).put("content", MARKER);
        var vocabulary = (ObjectNode) tokenizer.get("model").get("vocab");
        vocabulary.remove(RENAMED);
        vocabulary.put(MARKER, 2);
        var merges = (ArrayNode) tokenizer.get("model").get("merges");
        for (int i = merges.size() - 1; i >= 0; i--) {
            if (merge(merges.get(i)).equals(RENAMED)) {
                merges.remove(i);
            }
        }
        JSON.writeValue(file, tokenizer);
    }

    private static String merge(JsonNode merge) {
        return merge.isArray() ? merge.get(0).textValue() + merge.get(1).textValue() : merge.textValue().replace(" ", "");
    }
}
