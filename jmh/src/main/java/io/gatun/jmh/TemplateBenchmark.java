package io.gatun.jmh;

import io.gatun.runtime.chat.ChatRequest;
import io.gatun.runtime.chat.ChatTemplate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A chat template in the style of current models: read, and rendered for a conversation of 21 messages with four tools and calls of them. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class TemplateBenchmark {
    private static final Map<String, String> SPECIAL_TOKENS = Map.of("bos_token", "<s>");

    private String source;
    private ChatTemplate template;
    private ChatRequest conversation;

    @Setup(Level.Trial)
    public void read() throws IOException {
        try (var in = TemplateBenchmark.class.getResourceAsStream("/chat_template.jinja")) {
            source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        template = compile();
        var messages = new ArrayList<Map<String, Object>>();
        messages.add(Map.of("role", "system", "content", "You look things up before you answer."));
        for (int turn = 0; turn < 5; turn++) {
            var city = "city " + turn;
            messages.add(Map.of("role", "user", "content", "What is the weather in " + city + " today, and is it warmer than yesterday? ".repeat(4)));
            messages.add(Map.of("role", "assistant", "content", "<think>\nI need the weather of " + city + ".\n</think>\n\n", "tool_calls",
                    List.of(Map.of("type", "function", "function", Map.of("name", "weather", "arguments", Map.of("city", city, "days", List.of(-1, 0)))))));
            messages.add(Map.of("role", "tool", "content", "{\"yesterday\": 1" + turn + ".5, \"today\": 17.25, \"wind\": null}"));
            messages.add(Map.of("role", "assistant", "content", "It is 17 degrees in " + city + ", warmer than yesterday. ".repeat(6)));
        }
        var tools = new ArrayList<Map<String, Object>>();
        for (var name : List.of("weather", "search", "calendar", "mail")) {
            tools.add(Map.of("type", "function", "function", Map.of("name", name, "description", "Looks up the " + name + " of a city.", "parameters",
                    Map.of("type", "object", "required", List.of("city"), "properties", Map.of("city", Map.of("type", "string"), "days", Map.of("type", "array"))))));
        }
        conversation = ChatRequest.builder().messages(messages).tools(tools).build();
        if (!render().contains("<call>{\"name\": \"weather\", \"arguments\": {")) {
            throw new IllegalStateException("no call in " + render());
        }
    }

    @Benchmark
    public ChatTemplate compile() {
        return ChatTemplate.compile("chat_template.jinja", source, SPECIAL_TOKENS, Clock.systemUTC());
    }

    @Benchmark
    public String render() {
        return template.render(conversation);
    }
}
