package io.gatun.runtime.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.chat.answer.AnswerFormat;
import io.gatun.runtime.chat.jinja.JinjaException;
import io.gatun.runtime.chat.jinja.JinjaTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Templates of public models against Jinja2, byte for byte, where the folder that has them lies beside the checkout. */
class RealTemplatesTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2025-01-02T03:04:05Z"), ZoneOffset.UTC);
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void renderAsJinja2Does() throws IOException {
        var folder = folder();
        var cases = JSON.readTree(folder.resolve("cases.json").toFile());
        var expected = JSON.readTree(folder.resolve("expected.json").toFile());
        var different = new ArrayList<String>();
        int count = 0;
        for (var template : expected.properties()) {
            var compiled = JinjaTemplate.compile(Files.readString(folder.resolve(template.getKey() + ".jinja")), CLOCK);
            for (var one : template.getValue().properties()) {
                count++;
                var actual = render(compiled, cases.get(one.getKey()));
                if (!actual.equals(one.getValue())) {
                    different.add(template.getKey() + " " + one.getKey() + "\n  expected " + one.getValue() + "\n  actual   " + actual);
                }
            }
        }
        assertThat(different).as("of %d", count).isEmpty();
        assertThat(count).isGreaterThanOrEqualTo(75);
    }

    private static JsonNode render(JinjaTemplate template, JsonNode input) {
        try {
            return JSON.createObjectNode().put("ok", template.render(JSON.convertValue(input, new TypeReference<Map<String, Object>>() { })));
        } catch (JinjaException e) {
            return JSON.createObjectNode().put("err", e.type() + ": " + e.getMessage());
        }
    }

    /** What comes from OpenAI's clients, arguments as text and no content beside calls, is what the templates' own form gives. */
    @Test
    void callsInOpenAisFormRenderAsInTheTemplates() throws IOException {
        var folder = folder();
        var given = (ObjectNode) JSON.readTree(folder.resolve("cases.json").toFile()).get("toolcall").deepCopy();
        var expected = JSON.readTree(folder.resolve("expected.json").toFile());
        var assistant = (ObjectNode) given.get("messages").get(2);
        var function = (ObjectNode) assistant.get("tool_calls").get(0).get("function");
        function.put("arguments", JSON.writeValueAsString(function.get("arguments")));
        assistant.putNull("content");
        int count = 0;
        for (var template : expected.properties()) {
            if (template.getValue().get("toolcall").has("ok") && !template.getKey().startsWith("deepseek")) {
                assertThat(chat(folder, template.getKey(), given)).as(template.getKey()).isEqualTo(template.getValue().get("toolcall").get("ok").textValue());
                count++;
            }
        }
        assertThat(count).isGreaterThanOrEqualTo(8);
    }

    /** DeepSeek's template asks whether there is content, and puts arguments together with other text. */
    @Test
    void argumentsBecomeTextWhereTheTemplateNeedsIt() throws IOException {
        var folder = folder();
        var given = (ObjectNode) JSON.readTree(folder.resolve("cases.json").toFile()).get("toolcall");
        assertThat(chat(folder, "deepseek-ai-DeepSeek-R1-Distill-Llama-8B", given)).contains("get_weather\n```json\n{\"city\":\"Paris\",\"unit\":\"c\"}\n```");
        ((ObjectNode) given.get("messages").get(2).get("tool_calls").get(0).get("function")).put("arguments", "{\"city\": 1}");
        assertThat(chat(folder, "deepseek-ai-DeepSeek-R1-Distill-Llama-8B", given)).contains("get_weather\n```json\n{\"city\": 1}\n```");
        for (String wrong : new String[] {"[1]", "{\"a\": 1} x", "null", "{"}) {
            ((ObjectNode) given.get("messages").get(2).get("tool_calls").get(0).get("function")).put("arguments", wrong);
            assertThatThrownBy(() -> chat(folder, "Qwen-Qwen3-0.6B", given)).isInstanceOf(ChatTemplateException.class)
                    .hasMessage("message 2 has a call of the tool 'get_weather' with the arguments " + wrong + "; they must be a JSON object");
        }
    }

    @Test
    void templatesShowTheirFormats() throws IOException {
        var expected = Map.of("Qwen-Qwen2.5-7B-Instruct", List.of("HERMES", "-"), "Qwen-Qwen3-0.6B", List.of("HERMES", "QWEN3"),
                "NousResearch-Hermes-3-Llama-3.1-8B-tool_use", List.of("HERMES", "-"), "meta-llama-Llama-3.1-8B-Instruct", List.of("LLAMA3", "-"),
                "meta-llama-Llama-3.2-3B-Instruct", List.of("LLAMA3", "-"), "mistralai-Mistral-Nemo-Instruct-2407", List.of("MISTRAL", "-"),
                "deepseek-ai-DeepSeek-R1-Distill-Llama-8B", List.of("-", "QWEN3"), "GLM-4.6", List.of("-", "GLM45"),
                "HuggingFaceTB-SmolLM3-3B", List.of("-", "QWEN3"), "openai-gpt-oss-120b", List.of("GPT_OSS", "GPT_OSS"));
        var others = new ArrayList<>(List.of("CohereForAI-c4ai-command-r7b-12-2024-tool_use", "Qwen-Qwen2-VL-2B-Instruct", "google-gemma-2-2b-it",
                "microsoft-Phi-3.5-mini-instruct"));
        for (var template : expected.keySet()) {
            assertThat(formats(template)).as(template).isEqualTo(expected.get(template));
        }
        for (var template : others) {
            assertThat(formats(template)).as(template).containsExactly("-", "-");
        }
    }

    private static List<String> formats(String template) throws IOException {
        var format = AnswerFormat.of(Optional.empty(), Optional.empty(), Optional.of(Files.readString(folder().resolve(template + ".jinja"))));
        return List.of(format.toolCalls().map(Enum::name).orElse("-"), format.reasoning().map(Enum::name).orElse("-"));
    }

    private static String chat(Path folder, String template, JsonNode given) throws IOException {
        Map<String, Object> input = JSON.convertValue(given, new TypeReference<Map<String, Object>>() { });
        var tokens = Map.of("bos_token", given.get("bos_token").textValue(), "eos_token", given.get("eos_token").textValue());
        var compiled = ChatTemplate.compile(template, Files.readString(folder.resolve(template + ".jinja")), tokens, CLOCK);
        List<Map<String, Object>> messages = JSON.convertValue(input.get("messages"), new TypeReference<>() { });
        List<Map<String, Object>> tools = JSON.convertValue(input.getOrDefault("tools", List.of()), new TypeReference<>() { });
        boolean prompts = given.path("add_generation_prompt").asBoolean();
        return compiled.render(ChatRequest.builder().messages(messages).tools(tools).addGenerationPrompt(prompts).build());
    }

    private static Path folder() {
        for (var at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            var folder = at.resolve("shared/data/chat-templates");
            if (Files.isDirectory(folder)) {
                return folder;
            }
        }
        return abort("no folder shared/data/chat-templates beside the checkout");
    }
}
