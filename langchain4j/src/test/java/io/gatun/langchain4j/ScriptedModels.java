package io.gatun.langchain4j;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.sampling.CustomLogitProcessor;
import io.gatun.runtime.sampling.SamplingParams;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The sample models with the wit of larger ones: the logits of each request are bent towards the tokens of an answer by script. All else is real: templates,
 * tokens, batches, grammars, parsers and what this module does.
 */
final class ScriptedModels {
    private static final Path SAMPLES = Path.of("..", "models", "samples");
    /** The sample's own, with tools in the form that Qwen's and Hermes' models have. */
    private static final String TEMPLATE = """
            {{ bos_token }}{% if tools %}{{ '<|start_header_id|>system<|end_header_id|>

            Tools: ' }}{% for tool in tools %}{{ tool['function'] | tojson }}{% endfor %}{{ ' Call one by <tool_call>
            {"name": NAME, "arguments": OBJECT}
            </tool_call><|eot_id|>' }}{% endif %}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>

            ' + message['content'] | trim }}{% for call in message['tool_calls'] or [] %}{{ '<tool_call>
            {"name": "' + call['function']['name'] + '", "arguments": ' }}{{ call['function']['arguments'] | tojson }}{{ '}
            </tool_call>' }}{% endfor %}{{ '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>

            ' }}{% endif %}""";

    /** LangChain4j's tests are compiled without the names of parameters, so that the first one's is looked up. */
    private static final List<Line> CALLS = List.of(
            new Line("in parallel", call("getWeather", "{\"city\": \"Munich\"}") + "\n" + call("getTime", "{\"country\": \"France\"}")),
            new Line("weather in Munich", call("getWeather", "{\"FIRST\": \"Munich\"}")), new Line("time now", call("get_current_time", "{}")),
            new Line("date today", call("currentDate", "{}")), new Line("37 plus 87", call("add", "{\"arg0\": 37, \"arg1\": 87}")),
            new Line("add 47", call("add", "{\"arg0\": 124, \"arg1\": 47}")));
    private static final List<Line> JSON = List.of(new Line("Use 'getWeather' tool", "{\"city\": \"Munich\", \"weather\": \"SUNNY\"}"),
            new Line("weather in Munich", "{\"weather\": \"sunny\"}"), new Line("capital of Germany", "{\"city\": \"Berlin\"}"));
    private static final List<Line> WORDS = List.of(new Line("in parallel", "It is sunny in Munich, and 14:35 in France."),
            new Line("capital of Germany", "The capital of Germany is Berlin, and 2 + 2 is 4."), new Line("I love you", "Ich liebe dich"),
            new Line("favorite color", "Your favorite color is green."), new Line("Hello World", "Hello World"),
            new Line("weather in Munich", "The weather in Munich is sunny."), new Line("time now", "It is 10:14 now."),
            new Line("long story", "There was a cat, and a dog, and a cow. ".repeat(20)), new Line("these images", "a cat, and then some dice"),
            new Line("do you see", "a cat on the grass"));

    private ScriptedModels() {
    }

    /** The text sample with a template that knows tools, made in {@code folder}. */
    static Engine withTools(Path folder) {
        try (var files = Files.list(SAMPLES.resolve("llama"))) {
            for (var file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
            Files.writeString(folder.resolve("chat_template.jinja"), TEMPLATE);
            return Engine.load(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("copying the sample", e);
        }
    }

    /** The sample that sees. */
    static Engine withEyes() {
        return Engine.load(SAMPLES.resolve("qwen2vl"));
    }

    /** Bends a request towards its answer. */
    static SamplingParams follow(Engine engine, ChatRequest request, SamplingParams params) {
        var tokenizer = engine.tokenizer().orElseThrow();
        int[] ids = IntStream.concat(Arrays.stream(tokenizer.encode(answer(request), false)), IntStream.of(tokenizer.eosId().orElseThrow())).toArray();
        return params.toBuilder().temperature(0).customLogitProcessor(CustomLogitProcessor.of((logits, outputIds) -> logits[ids[Math.min(outputIds.length,
                ids.length - 1)]] += 1000)).build();
    }

    /** What a model with more wit answers in LangChain4j's tests. */
    private static String answer(ChatRequest request) {
        var user = (UserMessage) request.messages().stream().filter(UserMessage.class::isInstance).reduce((first, second) -> second).orElseThrow();
        String text = user.contents().stream().filter(TextContent.class::isInstance).map(content -> ((TextContent) content).text()).findFirst().orElse("");
        var tools = request.toolSpecifications() == null ? List.<ToolSpecification>of() : request.toolSpecifications();
        boolean called = request.messages().getLast() instanceof ToolExecutionResultMessage;
        if (!tools.isEmpty() && !called && request.toolChoice() != ToolChoice.NONE) {
            return request.toolChoice() == ToolChoice.REQUIRED ? "[{\"name\": \"getWeather\", \"parameters\": {\"city\": \"Munich\"}}]" : calls(text, tools);
        }
        boolean json = request.responseFormat() != null && request.responseFormat().type() == ResponseFormatType.JSON;
        return json ? found(JSON, text) : found(WORDS, text);
    }

    private static String calls(String text, List<ToolSpecification> tools) {
        return found(CALLS, text).replace("FIRST", tools.getFirst().parameters() == null ? ""
                : tools.getFirst().parameters().properties().keySet().stream().findFirst().orElse(""));
    }

    private static String call(String name, String arguments) {
        return "<tool_call>\n{\"name\": \"" + name + "\", \"arguments\": " + arguments + "}\n</tool_call>";
    }

    /** The answer to the first question that the text has in it. */
    private static String found(List<Line> script, String text) {
        return script.stream().filter(line -> text.contains(line.question())).map(Line::answer).findFirst().orElse("I have nothing to say.");
    }

    private record Line(String question, String answer) {
    }
}
