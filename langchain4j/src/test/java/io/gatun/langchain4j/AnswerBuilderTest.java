package io.gatun.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialToolCall;
import io.gatun.runtime.chat.AnswerPart;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.runtime.sampling.SamplingParams;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Parts as parsers of reasoning and of tool calls give them. */
class AnswerBuilderTest implements AnswerListener {
    private static GenerationResult generated;
    private final List<String> heard = new ArrayList<>();

    @BeforeAll
    static void generate() {
        try (var engine = Engine.load(Path.of("..", "models", "samples", "llama"))) {
            generated = engine.generate("One", SamplingParams.greedy(3));
        }
    }

    @AfterAll
    static void forget() {
        generated = null;
    }

    private ChatResponse build(FinishReason reason, AnswerPart... parts) {
        var answer = new AnswerBuilder("m", this);
        List.of(parts).forEach(answer::add);
        answer.end(new GenerationResult("id-1", "", generated.outputIds(), reason, 7, List.of(), List.of(), generated.stats()));
        return answer.response();
    }

    private static AnswerPart.ToolCallBegin begin(int index, String name) {
        return new AnswerPart.ToolCallBegin(index, "call-" + index, name);
    }

    private static AnswerPart.ToolCallArguments arguments(int index, String json) {
        return new AnswerPart.ToolCallArguments(index, json);
    }

    @Test
    void thinkingAndTextAreToldApart() {
        var response = build(FinishReason.Stop.atId(1), new AnswerPart.Reasoning("Hm"), new AnswerPart.Reasoning("."), new AnswerPart.Content(""),
                new AnswerPart.Content("Yes"), new AnswerPart.Content("!"));
        assertThat(response.aiMessage().thinking()).isEqualTo("Hm.");
        assertThat(response.aiMessage().text()).isEqualTo("Yes!");
        assertThat(response.aiMessage().hasToolExecutionRequests()).isFalse();
        assertThat(response.metadata().id()).isEqualTo("id-1");
        assertThat(response.metadata().modelName()).isEqualTo("m");
        assertThat(response.metadata().tokenUsage().inputTokenCount()).isEqualTo(7);
        assertThat(response.metadata().tokenUsage().outputTokenCount()).isEqualTo(generated.completionTokens());
        assertThat(response.metadata().finishReason()).isEqualTo(dev.langchain4j.model.output.FinishReason.STOP);
        assertThat(heard).containsExactly("thinking Hm", "thinking .", "text Yes", "text !");
    }

    @Test
    void callsComeInPiecesAndWhole() {
        var response = build(FinishReason.Stop.atId(1), begin(0, "weather"), arguments(0, "{\"city\":"), arguments(0, " "), arguments(0, "\"Oslo\"}"),
                begin(1, "time"), begin(2, "stop"), arguments(2, "{"), arguments(2, "}"));
        assertThat(response.aiMessage().text()).isNull();
        assertThat(response.aiMessage().toolExecutionRequests()).containsExactly(
                ToolExecutionRequest.builder().id("call-0").name("weather").arguments("{\"city\": \"Oslo\"}").build(),
                ToolExecutionRequest.builder().id("call-1").name("time").arguments("{}").build(),
                ToolExecutionRequest.builder().id("call-2").name("stop").arguments("{}").build());
        assertThat(response.metadata().finishReason()).isEqualTo(dev.langchain4j.model.output.FinishReason.TOOL_EXECUTION);
        assertThat(heard).containsExactly("part 0 weather {\"city\":", "part 0 weather  \"Oslo\"}", "call 0 weather {\"city\": \"Oslo\"}", "part 1 time {}",
                "call 1 time {}", "part 2 stop {}", "call 2 stop {}");
    }

    @Test
    void aCallCutOffKeepsWhatCame() {
        var response = build(FinishReason.LENGTH, begin(0, "weather"), arguments(0, "{"));
        assertThat(response.aiMessage().toolExecutionRequests()).singleElement().satisfies(call -> assertThat(call.arguments()).isEqualTo("{"));
        assertThat(response.metadata().finishReason()).isEqualTo(dev.langchain4j.model.output.FinishReason.LENGTH);
    }

    @Test
    void anAnswerCutOffSaysSo() {
        assertThat(build(FinishReason.LENGTH, new AnswerPart.Content("Ye")).metadata().finishReason())
                .isEqualTo(dev.langchain4j.model.output.FinishReason.LENGTH);
        assertThat(build(FinishReason.LENGTH).aiMessage().text()).isEmpty();
    }

    @Test
    void anAbortIsAFailure() {
        assertThatThrownBy(() -> build(new FinishReason.Abort("by hand"), new AnswerPart.Content("Ye"))).isExactlyInstanceOf(LangChain4jException.class)
                .hasMessage("request id-1 was aborted: by hand");
    }

    @Override
    public void text(PartialResponse part) {
        heard.add("text " + part.text());
    }

    @Override
    public void thinking(PartialThinking part) {
        heard.add("thinking " + part.text());
    }

    @Override
    public void toolCall(PartialToolCall part) {
        heard.add("part " + part.index() + " " + part.name() + " " + part.partialArguments());
    }

    @Override
    public void toolCall(CompleteToolCall call) {
        heard.add("call " + call.index() + " " + call.toolExecutionRequest().name() + " " + call.toolExecutionRequest().arguments());
    }
}
