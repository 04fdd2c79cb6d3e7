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
            new Line("in Munich and time in France", call("getWeather", "{\"city\": \"Munich\"}") + "\n" + call("getTime", "{\"country\": \"France\"}")),
            new Line("weather in Munich", call("getWeather", "{\"FIRST\": \"Munich\"}")), new Line("HH:MM:SS", call("currentTime", "{}")),
            new Line("time now", call("get_current_time", "{}")),
            new Line("First add 2 and 3", call("add", "{\"arg0\": 2, \"arg1\": 3}")),
            new Line("73 plus 78", call("add", "{\"arg0\": 37, \"arg1\": 87}") + "\n" + call("add", "{\"arg0\": 73, \"arg1\": 78}")),
            new Line("1.78m", call("process", "{\"arg0\": {\"name\": \"Klaus\", \"age\": 37, \"height\": 1.78, \"married\": false}}")),
            new Line("Langley Falls", call("process", "{\"arg0\": {\"name\": \"Klaus\", \"address\": {\"city\": \"Langley Falls\"}}}")),
            new Line("2 children", call("process", "{\"arg0\": {\"name\": \"Francine\", \"children\": [{\"name\": \"Steve\", \"children\": []}, "
                    + "{\"name\": \"Hayley\", \"children\": []}]}}")),
            new Line("temperature in Munich", call("currentTemperature", "{\"arg0\": \"Munich\", \"arg1\": \"CELSIUS\"}")),
            new Line("42 years old", call("process", "{\"arg0\": {\"Klaus\": 42, \"Francine\": 47}}")),
            new Line("following names", call("processNames", "{\"arg0\": [\"Klaus\", \"Franny\"]}")),
            new Line("following colors", call("process", "{\"arg0\": [\"RED\", \"GREEN\"]}")),
            new Line("following integers", call("processNumbers", "{\"arg0\": [37, 73]}")),
            new Line("following people", call("process", "{\"arg0\": [{\"name\": \"Klaus\"}, {\"name\": \"Franny\"}]}")),
            new Line("username with ID", call("getUsernameFromId", "{\"arg0\": \"62dbcc27-aaf3-449a-b12d-5a904271a57f\"}")),
            new Line("'modify'", call("modify", "{\"arg0\": 7}")),
            new Line("date today", call("currentDate", "{}")), new Line("37 plus 87", call("add", "{\"arg0\": 37, \"arg1\": 87}")),
            new Line("add 47", call("add", "{\"arg0\": 124, \"arg1\": 47}")));
    private static final List<Line> JSON = List.of(new Line("Use 'getWeather' tool", "{\"city\": \"Munich\", \"weather\": \"SUNNY\"}"),
            new Line("weather in Munich", "{\"weather\": \"sunny\"}"), new Line("capital of Germany", "{\"city\": \"Berlin\"}"));
    private static final List<Line> WORDS = List.of(new Line("in Munich and time in France", "It is sunny in Munich, and 14:35 in France."),
            new Line("capital of Germany", "The capital of Germany is Berlin, and 2 + 2 is 4."), new Line("I love you", "Ich liebe dich"),
            new Line("favorite color", "Your favorite color is green."), new Line("Hello World", "Hello World"),
            new Line("First add 2 and 3", "The result is 20."), new Line("73 plus 78", "They are 124 and 151."), new Line("37 plus 87", "37 + 87 = 124"),
            new Line("temperature in Munich", "19 degrees"), new Line("username with ID", "It is Alice."), new Line("HH:MM:SS", "17:11:45"),
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
        long results = request.messages().stream().skip(request.messages().indexOf(user)).filter(ToolExecutionResultMessage.class::isInstance).count();
        if (text.contains("First add 2 and 3") && results == 1) {
            return call("multiply", "{\"arg0\": 5, \"arg1\": 4}");
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
