package io.gatun.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** A server with a sample model, and a client over a real socket. */
final class TestServer implements AutoCloseable {
    static final Path LLAMA = Path.of("..", "models", "samples", "llama");
    static final Path QWEN2_VL = Path.of("..", "models", "samples", "qwen2vl");
    private static final ObjectMapper JSON = new ObjectMapper();

    final HttpServer server;
    final Engine engine;
    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ByteArrayOutputStream log;

    /** An answer; {@code json} is null where the body is none. */
    record Answer(int status, JsonNode json, String body, HttpResponse<String> response) {
        /** Requires an error in OpenAI's form that names a field. */
        void isError(int code, String param) {
            assertThat(status).as(body).isEqualTo(code);
            assertThat(json.path("error").path("message").asText()).isNotBlank();
            assertThat(json.path("error").path("type").asText()).isNotBlank();
            assertThat(json.path("error").has("code")).isTrue();
            assertThat(json.path("error").path("param").asText(null)).as(body).isEqualTo(param);
            assertThat(body).doesNotContain("/work").doesNotContain("samples").doesNotContain("io.gatun").doesNotContain("\tat ");
        }
    }

    private TestServer(HttpServer server, Engine engine, ByteArrayOutputStream log) {
        this.server = server;
        this.engine = engine;
        this.log = log;
    }

    static TestServer start(Path model, ServerOptions options) {
        return start(options, EngineOptions.builder(model));
    }

    static TestServer start(ServerOptions options, EngineOptions.Builder engineOptions) {
        var log = new ByteArrayOutputStream();
        var server = HttpServer.start(options, new RequestLog(new PrintStream(log, true, StandardCharsets.UTF_8)));
        var engine = Engine.load(engineOptions.device(DeviceChoice.CPU).build());
        server.ready(engine);
        return new TestServer(server, engine, log);
    }

    String log() {
        return log.toString(StandardCharsets.UTF_8);
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(60)).header("content-type", "application/json");
    }

    Answer get(String path) {
        return send(request(path).GET().build());
    }

    /** Posts JSON, written with single quotes for brevity. */
    Answer post(String path, String body) {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofString(quoted(body))).build());
    }

    Answer send(HttpRequest request) {
        try {
            var response = client.send(request, HttpResponse.BodyHandlers.ofString());
            boolean isJson = response.headers().firstValue("content-type").orElse("").startsWith("application/json");
            return new Answer(response.statusCode(), isJson ? JSON.readTree(response.body()) : null, response.body(), response);
        } catch (IOException e) {
            throw new AssertionError("no answer", e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Posts JSON and reads the events of the answer, which must end with [DONE]. */
    List<JsonNode> events(String path, String body) throws IOException {
        var answer = post(path, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.response().headers().firstValue("content-type").orElseThrow()).startsWith("text/event-stream");
        var events = new ArrayList<JsonNode>();
        var blocks = answer.body().split("\n\n");
        for (int i = 0; i < blocks.length - 1; i++) {
            assertThat(blocks[i]).startsWith("data: ");
            events.add(JSON.readTree(blocks[i].substring("data: ".length())));
        }
        assertThat(blocks[blocks.length - 1]).isEqualTo("data: [DONE]");
        return events;
    }

    static String quoted(String body) {
        return body.replace('\'', '"');
    }

    /** Waits for something that shall come about soon. */
    static void until(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("it did not come about in 10 s").isLessThan(deadline);
            Thread.sleep(5);
        }
    }

    void untilIdle() throws InterruptedException {
        until(() -> {
            var stats = engine.stats();
            return stats.running() == 0 && stats.waiting() == 0 && stats.availableTokens() + stats.evictableTokens() == stats.totalTokens();
        });
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
