package io.gatun.server.bench.serving;

import static io.gatun.server.bench.serving.FakeServer.Line.data;
import static io.gatun.server.bench.serving.FakeServer.body;
import static io.gatun.server.bench.serving.FakeServer.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.server.Cli;
import io.gatun.server.bench.serving.FakeServer.Line;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchServingCommandTest {
    private static final double SLACK = 250;
    private FakeServer server;

    @BeforeEach
    void start() throws IOException {
        server = new FakeServer().on("/v1/models", body(200, "{'data': [{'id': 'the-model'}]}"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Cli.Result run(Object... args) {
        var all = new ArrayList<Object>(List.of("bench-serving", "--base-url", server.url(), "--random-input-len", 8));
        all.addAll(List.of(args));
        return Cli.run(all.toArray());
    }

    private static double column(Cli.Result result, String name) {
        var found = Pattern.compile("(?m)^" + Pattern.quote(name) + "\\s+(\\S+)$").matcher(result.out());
        assertThat(found.find()).as(name + " in " + result).isTrue();
        return Double.parseDouble(found.group(1));
    }

    private static final FakeServer.Script ANSWER = stream(data(100, "{'choices': [{'text': 'a'}]}"), data(40, "{'choices': [{'text': 'b'}]}"),
            data(60, "{'choices': [{'text': 'c', 'finish_reason': 'length'}]}"), data(0,
                    "{'choices': [], 'usage': {'prompt_tokens': 9, 'completion_tokens': 3}}"),
            new Line(0, "data: [DONE]\n\n"));

    /** Eight requests, two at a time, of 200 ms each. */
    @Test
    void columnsFollowFromTheServersDelays(@TempDir Path folder) throws IOException {
        server.on("/v1/completions", ANSWER);
        var file = folder.resolve("result.jsonl");
        var result = run("--backend", "openai", "--num-prompts", 8, "--max-concurrency", 2, "--output-file", file, "--output-details", "--goodput",
                "ttft:99", "e2e:60000");
        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(column(result, "Successful requests:")).isEqualTo(8);
        double seconds = column(result, "Benchmark duration (s):");
        assertThat(seconds).isBetween(0.8, 0.8 + 4 * SLACK / 1000);
        assertThat(column(result, "Total input tokens:")).isEqualTo(72);
        assertThat(column(result, "Total generated tokens:")).isEqualTo(24);
        assertThat(result.out()).contains("Tokens counted by:                       server\n");
        assertThat(column(result, "Request throughput (req/s):") * seconds).isCloseTo(8, within(0.1));
        assertThat(column(result, "Output token throughput (tok/s):") * seconds).isCloseTo(24, within(0.3));
        assertThat(column(result, "Concurrency:")).isBetween(1.5, 2.01);
        assertThat(column(result, "Mean E2E Latency (ms):")).isBetween(200.0, 200 + SLACK);
        assertThat(column(result, "Mean TTFT (ms):")).isBetween(100.0, 100 + SLACK);
        assertThat(column(result, "Mean TPOT (ms):")).isBetween(49.0, 50 + SLACK / 2);
        assertThat(column(result, "Mean ITL (ms):")).isBetween(49.0, 50 + SLACK / 2);
        assertThat(column(result, "Max ITL (ms):")).isGreaterThanOrEqualTo(59);
        assertThat(column(result, "Good requests:")).isZero();
        assertThat(server.mostAtOnce).hasValue(2);
        assertThat(server.seen.getLast().body().path("model").asText()).isEqualTo("the-model");

        var json = new ObjectMapper().readTree(Files.readString(file));
        assertThat(json.path("completed").asInt()).isEqualTo(8);
        assertThat(json.path("backend").asText()).isEqualTo("openai");
        assertThat(json.path("total_output_tokens").asInt()).isEqualTo(24);
        assertThat(json.path("mean_ttft_ms").asDouble()).isBetween(100.0, 100 + SLACK);
        assertThat(json.path("itls")).hasSize(8).allSatisfy(itl -> assertThat(itl).hasSize(2));
        assertThat(json.path("output_lens")).hasSize(8).allSatisfy(len -> assertThat(len.asInt()).isEqualTo(3));
    }

    @Test
    void failuresAreCountedAndTheFirstIsShown() {
        var count = new AtomicInteger();
        server.on("/v1/completions", json -> count.incrementAndGet() % 2 == 0 ? body(503, "{'error': {'message': 'full up'}}") : ANSWER);
        var result = run("--backend", "openai", "--num-prompts", 6, "--max-concurrency", 1);
        assertThat(result.exitCode()).isZero();
        assertThat(column(result, "Successful requests:")).isEqualTo(3);
        assertThat(column(result, "Failed requests:")).isEqualTo(3);
        assertThat(result.log()).contains("3 requests failed, 3 of them so: HTTP 503: full up");
    }

    @Test
    void aRunWithoutASuccessFails() {
        server.on("/generate", body(500, "{'error': {'message': 'no'}}"));
        var warm = run("--num-prompts", 2);
        assertThat(warm.exitCode()).isEqualTo(1);
        assertThat(warm.err()).contains("all 1 requests to warm up failed; the first said: HTTP 500: no");
        var cold = run("--num-prompts", 2, "--warmup-requests", 0);
        assertThat(cold.exitCode()).isEqualTo(1);
        assertThat(column(cold, "Failed requests:")).isEqualTo(2);
        assertThat(column(cold, "Mean TTFT (ms):")).isZero();
    }

    @Test
    void warmsUpBriefly() {
        server.on("/generate", stream(data(0, "{'text': 'a', 'meta_info': {'completion_tokens': 1, 'prompt_tokens': 1}}"), new Line(0, "data: [DONE]\n\n")))
                .on("/flush_cache", body(200, ""));
        var result = run("--num-prompts", 1, "--warmup-requests", 2, "--random-output-len", 100, "--random-range-ratio", 1, "--flush-cache");
        assertThat(result.exitCode()).as(result.toString()).isZero();
        assertThat(server.seen.stream().map(FakeServer.Seen::path)).containsExactly("/generate", "/generate", "/flush_cache", "/generate");
        assertThat(server.seen.stream().map(seen -> seen.body().at("/sampling_params/max_new_tokens").asInt())).containsExactly(32, 32, 0, 100);
    }

    @Test
    void saysWhatIsWrongWithTheCommand() {
        assertWrong("--backend is 'grpc'", "--backend", "grpc");
        assertWrong("'x' is no number of requests", "--request-rate", "x");
        assertWrong("--goodput has 'itl:3'", "--goodput", "itl:3");
        assertWrong("--goodput has 'ttft:fast'", "--goodput", "ttft:fast");
        assertWrong("--disable-stream leaves only e2e", "--goodput", "ttft:5", "--disable-stream");
        assertWrong("--extra-request-body must be a JSON object", "--extra-request-body", "[]");
        assertWrong("'nowhere' is no address of a server", "--base-url", "nowhere");
    }

    private void assertWrong(String message, Object... args) {
        var all = new ArrayList<Object>(List.of("bench-serving", "--num-prompts", 1));
        all.addAll(List.of(args));
        var result = Cli.run(all.toArray());
        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains(message);
    }

    /** The process gets the signal that Ctrl-C sends, while half of its requests hang. */
    @Test
    void ctrlCShowsWhatWasMeasured() throws IOException, InterruptedException {
        var count = new AtomicInteger();
        server.on("/v1/completions", json -> count.incrementAndGet() <= 5 ? ANSWER : stream(new Line(60_000, "")));
        var process = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java")
                .toString(), "-cp", System.getProperty("java.class.path"),
                "io.gatun.server.Gatun", "bench-serving", "--backend", "openai", "--base-url", server.url(), "--num-prompts", "10", "--warmup-requests", "0",
                "--random-input-len", "8")).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try {
            for (int i = 0; i < 600 && count.get() < 10; i++) {
                Thread.sleep(50);
            }
            Thread.sleep(700);
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            var result = new Cli.Result(0, new String(process.getInputStream().readAllBytes()), "", "");
            assertThat(Map.of("done", column(result, "Successful requests:"), "not", column(result, "Unfinished requests:"))).isEqualTo(Map.of("done", 5.0,
                    "not", 5.0));
            assertThat(column(result, "Mean TTFT (ms):")).isGreaterThanOrEqualTo(100);
        } finally {
            process.destroyForcibly();
        }
    }
}
