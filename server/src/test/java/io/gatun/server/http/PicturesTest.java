package io.gatun.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pictures by data: URI, in chat and in SGLang's native API. */
class PicturesTest {
    private static TestServer server;
    private static String picture;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(TestServer.QWEN2_VL, ServerOptions.local("qwen2vl"));
        var image = new BufferedImage(112, 112, BufferedImage.TYPE_INT_RGB);
        var graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, 112, 112);
        graphics.setColor(Color.RED);
        graphics.fillOval(30, 30, 50, 50);
        var bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        picture = Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String chat(String url, String more) {
        return "{'temperature': 0, 'max_tokens': 12, 'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {'url': '" + url
                + "'}}, {'type': 'text', 'text': 'What is in the picture?'}]}]" + more + "}";
    }

    @Test
    void seesAPictureInAMessage() throws IOException {
        String url = "data:image/png;base64," + picture;
        var whole = server.post("/v1/chat/completions", chat(url, ""));
        assertThat(whole.status()).as(whole.body()).isEqualTo(200);
        String text = whole.json().path("choices").path(0).path("message").path("content").asText();
        assertThat(text).isNotBlank();
        assertThat(ChatCompletionsTest.text(server.events("/v1/chat/completions", chat(url, ", 'stream': true")), 0)).isEqualTo(text);
        assertThat(server.get("/model_info").json().path("has_image_understanding").asBoolean()).isTrue();
    }

    @Test
    void seesAPictureOfANativeRequest() {
        String prompt = "<|vision_start|><|image_pad|><|vision_end|>What is in the picture?";
        for (String data : new String[] {"'" + picture + "'", "['data:image/png;base64," + picture + "']"}) {
            var answer = server.post("/generate", "{'text': '" + prompt + "', 'image_data': " + data
                    + ", 'sampling_params': {'max_new_tokens': 4, 'temperature': 0}}");
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.json().path("meta_info").path("prompt_tokens").asInt()).isGreaterThan(16);
        }
    }

    @Test
    void takesNoFilesAndNoAddresses() {
        server.post("/v1/chat/completions", chat("file:///etc/passwd", "")).isError(400, "messages");
        server.post("/v1/chat/completions", chat("/etc/passwd", "")).isError(400, "messages");
        server.post("/v1/chat/completions", chat("http://127.0.0.1:1/x.png", "")).isError(400, "messages");
        server.post("/v1/chat/completions", chat("data:image/png;base64,AAAA", "")).isError(400, "messages");
        server.post("/v1/chat/completions", chat("data:text/plain;base64,AAAA", "")).isError(400, "messages");
        String part = "{'type': 'image_url', 'image_url': {'url': 'data:image/png;base64," + picture + "'}}";
        server.post("/v1/chat/completions", "{'messages': [{'role': 'user', 'content': [" + (part + ",").repeat(17) + "{'type': 'text', 'text': 'x'}]}]}")
                .isError(400, "messages");
    }
}
