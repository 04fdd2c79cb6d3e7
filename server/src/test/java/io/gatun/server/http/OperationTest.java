package io.gatun.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.runtime.engine.EngineOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Keys, limits, clients that go away, queues that are full. */
class OperationTest {
    private static final String LONG = "{'text': 'Once', 'sampling_params': {'ignore_eos': true, 'max_new_tokens': 900}";
    private static TestServer server;

    /** One request at a time, one more may wait, both a key and a small body are required. */
    @BeforeAll
    static void start() {
        var options = new ServerOptions("127.0.0.1", 0, "served", List.of("right", "also right"), 20_000, 2, Optional.of(950), Duration.ofSeconds(60),
                Duration.ofSeconds(5),
                Optional.empty(), List.of("https://page.example"));
        server = TestServer.start(options, EngineOptions.builder(TestServer.LLAMA).maxRunningRequests(1).maxQueuedRequests(1));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static TestServer.Answer post(String path, String body) {
        return server.send(keyed(path).POST(HttpRequest.BodyPublishers.ofString(TestServer.quoted(body))).build());
    }

    private static HttpRequest.Builder keyed(String path) {
        return server.request(path).header("authorization", "Bearer right");
    }

    @Test
    void wantsAKey() {
        server.get("/v1/models").isError(401, null);
        server.send(server.request("/v1/models").header("authorization", "Bearer wrong").GET().build()).isError(401, null);
        server.send(server.request("/v1/models").header("authorization", "right").GET().build()).isError(401, null);
        server.get("/metrics").isError(401, null);
        assertThat(server.send(server.request("/v1/models").header("Authorization", "bearer also right").GET().build()).status()).isEqualTo(200);
        assertThat(server.get("/health").status()).isEqualTo(200);
    }

    @Test
    void servesThePageWithoutAKeyAndNothingElse() {
        assertThat(server.get("/").body()).contains("<title>Gatun</title>");
        for (var file : List.of("style.css", "main.js", "api.js", "metrics.js", "pictures.js")) {
            assertThat(server.get("/page/" + file).status()).as(file).isEqualTo(200);
        }
        server.get("/page/other.js").isError(404, null);
        server.get("/page/../Page.class").isError(404, null);
    }

    @Test
    void refusesWhatItCannotHoldAnAnswerTo() {
        var chat = "{'model': 'served', 'messages': [{'role': 'user', 'content': 'Hi'}], ";
        post("/v1/chat/completions", chat + "'response_format': {'type': 'json_object'}}").isError(400, "response_format");
        post("/v1/chat/completions", chat + "'tool_choice': 'required', 'tools': [{'type': 'function', 'function': {'name': 'f'}}]}")
                .isError(400, "response_format");
    }

    @Test
    void refusesWhatItDoesNotKnowInTheSameForm() {
        server.get("/nothing").isError(404, null);
        server.get("/v1/chat/completions").isError(405, null);
        post("/v1/models", "{}").isError(405, null);
        post("/generate", "{'text': ").isError(400, null);
        post("/generate", "[]").isError(400, null);
        post("/generate", "").isError(400, null);
        post("/generate", "{'text': 'x'} {}").isError(400, null);
        post("/generate", "[".repeat(5000)).isError(400, null);
        post("/generate", "{'text': '\\ud800'}").isError(400, "text");
        post("/generate", "{'text': 'x', 'sampling_params': {'max_new_tokens': 951}}").isError(400, "sampling_params.max_new_tokens");
        assertThat(server.send(keyed("/generate").POST(HttpRequest.BodyPublishers.ofByteArray(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'})).build())
                .status()).isEqualTo(400);
    }

    @Test
    void limitsBodies() {
        post("/generate", "{'text': '" + "x".repeat(30_000) + "'}").isError(413, null);
        var chunked = HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[30_000]));
        server.send(keyed("/generate").POST(chunked).build()).isError(413, null);
        assertThat(server.get("/health").status()).isEqualTo(200);
    }

    @Test
    void answersMalformedHttpInTheSameForm() throws IOException {
        for (String text : new String[] {"nonsense\r\n\r\n", "GET /health HTTP/1.1\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
            "POST /generate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "GET /" + "x".repeat(9000) + " HTTP/1.1\r\nHost: x\r\n\r\n"}) {
            String answer = raw(text);
            assertThat(answer).as(text.lines().findFirst().orElseThrow()).matches("(?s)HTTP/1.1 (4..|501) .*\\{\"error\":\\{\"message\".*");
        }
    }

    @Test
    void tellsRequestsApart() throws InterruptedException {
        var answer = server.send(keyed("/v1/models").header("x-request-id", "mine-42").GET().build());
        assertThat(answer.response().headers().firstValue("x-request-id")).contains("mine-42");
        assertThat(server.get("/health").response().headers().firstValue("x-request-id").orElseThrow()).hasSize(36);
        TestServer.until(() -> server.log().contains("\"request_id\":\"mine-42\""));
        assertThat(server.log().lines().filter(line -> line.contains("mine-42")).findFirst().orElseThrow())
                .startsWith("{").contains("\"status\":200").contains("\"path\":\"/v1/models\"").contains("\"seconds\":");
        assertThat(server.log()).doesNotContain("right");
    }

    @Test
    void letsNamedPagesCall() {
        var allowed = server.send(server.request("/v1/chat/completions").header("origin", "https://page.example").method("OPTIONS",
                HttpRequest.BodyPublishers.noBody()).build());
        assertThat(allowed.status()).isEqualTo(204);
        assertThat(allowed.response().headers().firstValue("access-control-allow-origin")).contains("https://page.example");
        var other = server.send(server.request("/health").header("origin", "https://other.example").GET().build());
        assertThat(other.response().headers().firstValue("access-control-allow-origin")).isEmpty();
    }

    @Test
    void abortsWhenTheClientGoesAway() throws Exception {
        for (String stream : new String[] {"false", "true"}) {
            String body = TestServer.quoted(LONG + ", 'stream': " + stream + "}");
            long before = server.engine.stats().decodeTokens();
            try (var socket = new Socket("127.0.0.1", server.server.port())) {
                String head = "POST /generate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer right\r\nContent-Length: " + body.length() + "\r\n\r\n";
                socket.getOutputStream().write((head + body).getBytes(StandardCharsets.UTF_8));
                TestServer.until(() -> server.engine.stats().running() == 1);
            }
            server.untilIdle();
            assertThat(server.engine.stats().decodeTokens() - before).isLessThan(880);
        }
        TestServer.until(() -> server.log().lines().filter(line -> line.contains("\"status\":499")).count() == 2);
    }

    @Test
    void keepsConnectionsThatPipeline() throws IOException {
        String body = "{\"text\": \"The capital of France is\", \"sampling_params\": {\"max_new_tokens\": 2, \"temperature\": 0}}";
        String head = "Host: x\r\nAuthorization: Bearer right\r\n";
        String post = "POST /generate HTTP/1.1\r\n" + head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
        String answer = raw(post + post + "GET /v1/models HTTP/1.1\r\n" + head + "Connection: close\r\n\r\n");
        assertThat(answer.split("HTTP/1.1 200 OK", -1)).hasSize(4);
    }

    @Test
    void refusesWhenTheQueueIsFull() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var two = IntStream.range(0, 2).mapToObj(i -> threads.submit(() -> post("/generate", LONG + ", 'rid': 'q" + i + "'}"))).toList();
            TestServer.until(() -> server.engine.stats().running() + server.engine.stats().waiting() == 2);
            for (String stream : new String[] {"false", "true"}) {
                var third = post("/generate", LONG + ", 'stream': " + stream + "}");
                third.isError(429, null);
                assertThat(third.response().headers().firstValue("retry-after")).isPresent();
            }
            assertThat(server.get("/health").status()).isEqualTo(200);
            post("/flush_cache", "").isError(400, null);
            post("/abort_request", "{'abort_all': true}");
            for (var one : two) {
                assertThat(one.get().status()).isEqualTo(200);
            }
        }
        server.untilIdle();
    }

    @Test
    void endsRequestsThatTakeTooLong() throws Exception {
        var options = new ServerOptions("127.0.0.1", 0, "served", List.of(), 20_000, 2, Optional.empty(), Duration.ofMillis(100), Duration.ofSeconds(5),
                Optional.empty(), List.of());
        try (var quick = TestServer.start(TestServer.LLAMA, options)) {
            quick.post("/generate", LONG + "}").isError(504, null);
            var streamed = quick.post("/generate", LONG + ", 'stream': true}");
            assertThat(streamed.body()).contains("\"error\":").endsWith("data: [DONE]\n\n");
            quick.untilIdle();
        }
    }

    @Test
    void drainsBeforeItStops() throws Exception {
        try (var other = TestServer.start(TestServer.LLAMA, ServerOptions.local("llama")); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = threads.submit(() -> other.post("/generate", LONG.replace("900", "200") + "}"));
            TestServer.until(() -> other.engine.stats().running() == 1);
            var drained = threads.submit(other.server::drain);
            TestServer.until(() -> other.get("/health").status() == 503);
            other.post("/generate", LONG + "}").isError(503, null);
            assertThat(running.get().json().path("output_ids")).hasSize(200);
            drained.get();
        }
    }

    @Test
    void stopsWhatDoesNotDrainInTime() throws Exception {
        var options = new ServerOptions("127.0.0.1", 0, "served", List.of(), 20_000, 2, Optional.empty(), Duration.ofSeconds(60), Duration.ZERO,
                Optional.empty(), List.of());
        try (var other = TestServer.start(TestServer.LLAMA, options); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = threads.submit(() -> other.post("/generate", LONG + "}"));
            TestServer.until(() -> other.engine.stats().running() == 1);
            other.server.drain();
            running.get().isError(503, null);
        }
    }

    @Test
    void listensBeforeTheModelIsThere() {
        var log = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        try (var loading = HttpServer.start(ServerOptions.local("llama"), new RequestLog(log))) {
            for (String path : new String[] {"/health", "/v1/models", "/health_generate"}) {
                var answer = server.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + loading.port() + path)).build());
                answer.isError(503, null);
                assertThat(answer.response().headers().firstValue("retry-after")).isPresent();
            }
        }
    }

    private static String raw(String text) throws IOException {
        try (var socket = new Socket("127.0.0.1", server.server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
