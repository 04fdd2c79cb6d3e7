package io.gatun.server.bench.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** A server that answers by script: what it sends, and after which delays. */
final class FakeServer implements AutoCloseable {

    /** An answer. */
    sealed interface Script {

        /** Lines of an event stream, each after its delay, and then its end. */
        record Stream(List<Line> lines) implements Script {
        }

        /** A body that comes at once, after a delay. */
        record Body(int status, long delayMs, String body) implements Script {
        }

        /** The connection ends before the answer's first byte. */
        record HangUp() implements Script {
        }
    }

    /** A line of an event stream. */
    record Line(long delayMs, String text) {
        static Line data(long delayMs, String json) {
            return new Line(delayMs, "data: " + json.replace('\'', '"') + "\n\n");
        }
    }

    /** A request as it came. */
    record Seen(String path, String authorization, JsonNode body) {
    }

    final List<Seen> seen = new CopyOnWriteArrayList<>();
    final AtomicInteger mostAtOnce = new AtomicInteger();
    private final AtomicInteger atOnce = new AtomicInteger();
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    private final ConcurrentHashMap<String, Function<JsonNode, Script>> scripts = new ConcurrentHashMap<>();

    FakeServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(executor);
        server.createContext("/", this::handle);
        server.start();
    }

    FakeServer on(String path, Function<JsonNode, Script> script) {
        scripts.put(path, script);
        return this;
    }

    FakeServer on(String path, Script script) {
        return on(path, body -> script);
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** A stream of the lines. */
    static Script stream(Line... lines) {
        return new Script.Stream(List.of(lines));
    }

    /** A body without a delay. */
    static Script body(int status, String json) {
        return new Script.Body(status, 0, json.replace('\'', '"'));
    }

    private void handle(HttpExchange exchange) throws IOException {
        mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
        try (exchange) {
            byte[] sent = exchange.getRequestBody().readAllBytes();
            var body = new ObjectMapper().readTree(sent.length == 0 ? "{}".getBytes(StandardCharsets.UTF_8) : sent);
            String path = exchange.getRequestURI().getPath();
            seen.add(new Seen(path, String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")), body));
            answer(exchange, scripts.getOrDefault(path, json -> body(404, "{'error': {'message': 'no such path'}}")).apply(body));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            atOnce.decrementAndGet();
        }
    }

    private static void answer(HttpExchange exchange, Script script) throws IOException, InterruptedException {
        switch (script) {
            case Script.Body(int status, long delayMs, String text) -> {
                Thread.sleep(delayMs);
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
            case Script.Stream(var lines) -> {
                exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
                exchange.sendResponseHeaders(200, 0);
                for (var line : lines) {
                    Thread.sleep(line.delayMs());
                    exchange.getResponseBody().write(line.text().getBytes(StandardCharsets.UTF_8));
                    exchange.getResponseBody().flush();
                }
            }
            case Script.HangUp() -> { }
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
        server.stop(0);
    }
}
