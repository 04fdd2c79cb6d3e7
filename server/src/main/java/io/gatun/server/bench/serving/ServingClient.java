package io.gatun.server.bench.serving;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;

/** Sends requests to a server and times the answers. Each call blocks a thread of its own, a virtual one. */
final class ServingClient implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);
    private static final int LONGEST_MESSAGE = 300;

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT_TIMEOUT)
            .executor(Executors.newVirtualThreadPerTaskExecutor()).build();
    private final String baseUrl;
    private final Optional<String> apiKey;

    /** @param baseUrl without a slash at its end */
    ServingClient(String baseUrl, Optional<String> apiKey) {
        this.baseUrl = baseUrl;
        this.apiKey = apiKey;
    }

    /**
     * Runs one request.
     *
     * @param extra goes over the request's body; a null takes a field away
     */
    Outcome send(Protocol protocol, ServingRequest request, boolean stream, Map<String, JsonNode> extra) throws InterruptedException {
        var body = protocol.body(request, stream);
        extra.forEach((name, value) -> put(body, name, value));
        try {
            var post = request(protocol.path()).header("Content-Type", "application/json").POST(BodyPublishers.ofByteArray(json.writeValueAsBytes(body)))
                    .build();
            var watch = new Stopwatch(request, System.nanoTime());
            var response = http.send(post, BodyHandlers.ofInputStream());
            try (var in = response.body()) {
                if (response.statusCode() != 200) {
                    return Outcome.failed(request, "HTTP " + response.statusCode() + ": " + message(in.readAllBytes()));
                }
                if (stream) {
                    readStream(protocol.reader(), in, watch);
                } else {
                    var answer = json.readTree(in.readAllBytes());
                    watch.whole(protocol.reader().whole(answer), System.nanoTime());
                }
            }
            return watch.outcome();
        } catch (JsonProcessingException e) {
            return Outcome.failed(request, "the answer is no JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            return Outcome.failed(request, describe(e));
        } catch (ServerError e) {
            return Outcome.failed(request, e.getMessage());
        }
    }

    /** The body of a GET. */
    JsonNode get(String path) throws IOException, InterruptedException {
        var response = http.send(request(path).GET().build(), BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new IOException("HTTP " + response.statusCode() + ": " + message(response.body()));
        }
        return json.readTree(response.body());
    }

    /** Posts nothing. */
    void post(String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = http.send(request(path).POST(BodyPublishers.noBody()).build(), BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new IOException("HTTP " + response.statusCode() + ": " + message(response.body()));
        }
    }

    /** Why a connection failed, for people. */
    static String describe(IOException e) {
        return e.getMessage() != null ? e.getClass().getSimpleName() + ": " + e.getMessage() : e.getClass().getSimpleName();
    }

    private void readStream(Protocol.Reader reader, InputStream in, Stopwatch watch) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            long now = System.nanoTime();
            if (!line.startsWith("data:")) {
                continue;
            }
            String data = line.substring("data:".length()).strip();
            if (data.equals("[DONE]")) {
                watch.done(now);
                continue;
            }
            var event = json.readTree(data);
            if (event.hasNonNull("error")) {
                throw new ServerError(message(data.getBytes(StandardCharsets.UTF_8)));
            }
            watch.event(reader.event(event), now);
        }
    }

    private HttpRequest.Builder request(String path) {
        var builder = HttpRequest.newBuilder(URI.create(baseUrl + path));
        apiKey.ifPresent(key -> builder.header("Authorization", "Bearer " + key));
        return builder;
    }

    /** What an error's body says. */
    private String message(byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8).strip();
        try {
            var root = json.readTree(text);
            var found = root.at("/error/message").isTextual() ? root.at("/error/message") : root.path("message").isTextual() ? root.path("message")
                    : root.path("error");
            text = found.isTextual() ? found.textValue() : text;
        } catch (JsonProcessingException e) {
            return shortened(text);
        }
        return shortened(text);
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_MESSAGE ? text : text.substring(0, LONGEST_MESSAGE) + "…";
    }

    private static void put(ObjectNode body, String name, JsonNode value) {
        if (value.isNull()) {
            body.remove(name);
        } else {
            body.set(name, value);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }

    /** An error that a stream tells of. */
    private static final class ServerError extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ServerError(String message) {
            super(message);
        }
    }
}
