package io.gatun.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.AudioContent;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.CustomMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.PdfFileContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.message.VideoContent;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.multimodal.source.ImageSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MessageMapperTest {
    private static Engine engine;
    private static MessageMapper mapper;

    @BeforeAll
    static void load() {
        engine = Engine.load(Path.of("..", "models", "samples", "qwen2vl"));
        mapper = new MessageMapper(EngineHandle.shared(engine, Optional.of("eyes")), Optional.of(uri -> "pictures.example".equals(uri.getHost())));
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Test
    void mapsTextsAsStrings() {
        assertThat(mapper.map(SystemMessage.from("Be brief."))).isEqualTo(Map.of("role", "system", "content", "Be brief."));
        assertThat(mapper.map(UserMessage.from("Ann", "Hello"))).isEqualTo(Map.of("role", "user", "content", "Hello", "name", "Ann"));
        assertThat(mapper.map(UserMessage.from(TextContent.from("one"), TextContent.from("two")))).isEqualTo(Map.of("role", "user", "content", "one\ntwo"));
        assertThat(mapper.map(CustomMessage.from(Map.of("role", "critic", "content", "No.")))).isEqualTo(Map.of("role", "critic", "content", "No."));
    }

    @Test
    void mapsThoughtsCallsAndResults() {
        var call = ToolExecutionRequest.builder().id("c1").name("weather").arguments("{\"city\": \"Oslo\"}").build();
        var bare = ToolExecutionRequest.builder().name("time").build();
        assertThat(mapper.map(AiMessage.builder().thinking("Hm").toolExecutionRequests(List.of(call, bare)).build())).isEqualTo(Map.of("role", "assistant",
                "content", "",
                "reasoning_content", "Hm", "tool_calls", List.of(
                        Map.of("id", "c1", "type", "function", "function", Map.of("name", "weather", "arguments", Map.of("city", "Oslo"))),
                        Map.of("type", "function", "function", Map.of("name", "time", "arguments", Map.of())))));
        assertThat(mapper.map(ToolExecutionResultMessage.from(call, "sunny")))
                .isEqualTo(Map.of("role", "tool", "content", "sunny", "name", "weather", "tool_call_id", "c1"));
    }

    @Test
    void mapsPictures() {
        var content = (List<?>) mapper.map(UserMessage.from(ImageContent.from("AQID", "image/png"), TextContent.from("What is it?"))).get("content");
        assertThat(content.get(1)).isEqualTo(Map.of("type", "text", "text", "What is it?"));
        assertThat(((Map<?, ?>) content.get(0)).get("image")).isInstanceOfSatisfying(ImageSource.Bytes.class, bytes -> assertThat(bytes.content())
                .containsExactly(1, 2, 3));
        assertThat(address("https://pictures.example/cat.png")).isEqualTo(new ImageSource.Address("https://pictures.example/cat.png"));
        assertThat(address("data:image/png;base64,AQID")).isEqualTo(new ImageSource.Address("data:image/png;base64,AQID"));
    }

    private static Object address(String url) {
        var content = (List<?>) mapper.map(UserMessage.from(ImageContent.from(url))).get("content");
        return ((Map<?, ?>) content.getFirst()).get("image");
    }

    @Test
    void refusesByName() {
        assertRefused(AudioContent.from("AQID", "audio/wav"), "content of type audio is not supported");
        assertRefused(VideoContent.from("AQID", "video/mp4"), "content of type video is not supported");
        assertRefused(PdfFileContent.from("AQID", "application/pdf"), "content of type pdf is not supported");
        assertRefused(ImageContent.from("https://elsewhere.example/cat.png"), "the image https://elsewhere.example/cat.png is not supported");
        assertRefused(ImageContent.from("file:///etc/passwd"), "the image file:///etc/passwd is not supported");
        assertThatThrownBy(() -> mapper.map(UserMessage.from(ImageContent.from("A", "image/png")))).isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("base64");
    }

    private static void assertRefused(Content content, String message) {
        assertThatThrownBy(() -> mapper.map(UserMessage.from(content))).isExactlyInstanceOf(UnsupportedFeatureException.class).hasMessageContaining(message);
    }
}
