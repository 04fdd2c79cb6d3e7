package io.gatun.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SGLang's native API. */
class NativeApiTest {
    private static final String FRANCE = "'text': 'The capital of France is', 'sampling_params': {'temperature': 0, 'max_new_tokens': 8}";
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(TestServer.LLAMA, ServerOptions.local("llama"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void generates() {
        var answer = server.post("/generate", "{" + FRANCE + ", 'rid': 'mine', 'return_logprob': true, 'top_logprobs_num': 2, "
                + "'logprob_start_len': 0, 'return_text_in_logprobs': true}").json();
        assertThat(answer.path("text").asText()).startsWith(" Paris");
        var meta = answer.path("meta_info");
        assertThat(meta.path("id").asText()).isEqualTo("mine");
        assertThat(meta.path("finish_reason").path("type").asText()).isIn("stop", "length");
        assertThat(meta.path("completion_tokens").asInt()).isEqualTo(answer.path("output_ids").size());
        assertThat(meta.path("input_token_logprobs")).hasSize(meta.path("prompt_tokens").asInt());
        assertThat(meta.path("input_token_logprobs").path(0).path(0).isNull()).isTrue();
        assertThat(meta.path("output_token_logprobs").path(0).path(2).asText()).isEqualTo(" Paris");
        assertThat(meta.path("output_top_logprobs").path(0)).hasSize(2);
    }

    @Test
    void streamsAllTheTextSoFar() throws IOException {
        String text = server.post("/generate", "{" + FRANCE + "}").json().path("text").asText();
        var events = server.events("/generate", "{" + FRANCE + ", 'stream': true}");
        for (int i = 1; i < events.size(); i++) {
            assertThat(events.get(i).path("text").asText()).startsWith(events.get(i - 1).path("text").asText());
        }
        assertThat(events.getLast().path("text").asText()).isEqualTo(text);
        assertThat(events.getFirst().path("meta_info").path("finish_reason").isNull()).isTrue();
        assertThat(events.getLast().path("meta_info").path("finish_reason").path("type").asText()).isIn("stop", "length");
    }

    @Test
    void takesListsOfPrompts() throws IOException {
        String body = "{'text': ['The capital of France is', 'The capital of Norway is'], 'rid': ['a', 'b'], "
                + "'sampling_params': [{'temperature': 0, 'max_new_tokens': 1}, {'temperature': 0, 'max_new_tokens': 2}]";
        var whole = server.post("/generate", body + "}").json();
        assertThat(whole).hasSize(2);
        assertThat(whole.path(0).path("text").asText()).isEqualTo(" Paris");
        assertThat(whole.path(1).path("meta_info").path("id").asText()).isEqualTo("b");
        assertThat(whole.path(1).path("output_ids")).hasSize(2);
        var last = server.events("/generate", body + ", 'stream': true}").stream().filter(event -> event.path("index").asInt() == 1).toList().getLast();
        assertThat(last.path("text").asText()).isEqualTo(whole.path(1).path("text").asText());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"'stream': false|text", "'text': 'x', 'input_ids': [1]|input_ids",
            "'text': 'x', 'sampling_params': {'heat': 1}|sampling_params.heat",
        "'text': 'x', 'sampling_params': {'temperature': -1}|sampling_params.temperature",
                "'text': 'x', 'sampling_params': {'max_new_tokens': 'a'}|sampling_params.max_new_tokens",
        "'text': 'x', 'sampling_params': 3|sampling_params", "'text': 'x', 'lora_path': 'y'|lora_path", "'text': 'x', 'return_logprob': 3|return_logprob",
        "'input_ids': [-5]|input_ids", "'text': 'x', 'image_data': '/etc/passwd'|text", "'text': 'x', 'image_data': '../x.png'|image_data",
        "'text': 'x', 'image_data': 'file:///etc/passwd'|text", "'text': ['x', 'y'], 'rid': ['a']|rid"})
    void namesTheFieldThatIsWrong(String fields, String param) {
        server.post("/generate", "{" + fields + "}").isError(400, param);
    }

    @Test
    void encodesAndClassifies() {
        var one = server.post("/encode", "{'text': 'hello'}").json();
        assertThat(one.path("embedding")).hasSize(160);
        assertThat(one.path("meta_info").path("prompt_tokens").asInt()).isPositive();
        assertThat(server.post("/encode", "{'input_ids': [[1, 2], [3]]}").json()).hasSize(2);
        server.post("/classify", "{'text': 'hello'}").isError(400, "model");
    }

    @Test
    void saysWhatItIs() {
        assertThat(server.get("/health").status()).isEqualTo(200);
        assertThat(server.get("/health_generate").status()).isEqualTo(200);
        for (String path : new String[] {"/model_info", "/get_model_info"}) {
            var info = server.get(path).json();
            assertThat(info.path("model_path").asText()).isEqualTo("llama");
            assertThat(info.path("is_generation").asBoolean()).isTrue();
            assertThat(info.path("has_image_understanding").asBoolean()).isFalse();
            assertThat(info.path("model_type").asText()).isEqualTo("llama");
        }
        var state = server.get("/get_server_info").json();
        assertThat(state.path("max_total_num_tokens").asLong()).isPositive();
        assertThat(state.path("internal_states")).hasSize(1);
    }

    @Test
    void flushesTheCache() throws InterruptedException {
        server.post("/generate", "{" + FRANCE + "}");
        server.untilIdle();
        assertThat(server.post("/flush_cache", "").status()).isEqualTo(200);
        assertThat(server.engine.stats().evictableTokens()).isZero();
        assertThat(server.get("/flush_cache").status()).isEqualTo(200);
    }

    @Test
    void abortsByExactId() throws Exception {
        String body = "{'text': 'Once', 'sampling_params': {'ignore_eos': true, 'max_new_tokens': 900}, 'rid': 'long-1'}";
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = threads.submit(() -> server.post("/generate", body));
            TestServer.until(() -> server.engine.stats().running() == 1);
            assertThat(server.post("/abort_request", "{'rid': 'long'}").json().path("aborted").asBoolean()).isFalse();
            assertThat(server.post("/abort_request", "{'rid': 'long-1'}").json().path("aborted").asBoolean()).isTrue();
            var answer = running.get().json();
            assertThat(answer.path("meta_info").path("finish_reason").path("type").asText()).isEqualTo("abort");
            assertThat(answer.path("output_ids").size()).isLessThan(900);

            var again = threads.submit(() -> server.post("/generate", body));
            TestServer.until(() -> server.engine.stats().running() == 1);
            server.post("/abort_request", "{'abort_all': true}");
            assertThat(again.get().json().path("meta_info").path("finish_reason").path("type").asText()).isEqualTo("abort");
        }
        server.untilIdle();
    }

    @Test
    void countsAsSglangDoes() throws InterruptedException {
        server.post("/generate", "{" + FRANCE + "}");
        server.untilIdle();
        String metrics = server.get("/metrics").body();
        for (String name : new String[] {"num_running_reqs", "num_queue_reqs", "token_usage", "cache_hit_rate", "gen_throughput", "num_used_tokens",
                "max_total_num_tokens",
            "prompt_tokens_total", "generation_tokens_total", "cached_tokens_total", "num_requests_total", "num_aborted_requests_total",
                    "time_to_first_token_seconds_count",
            "time_to_first_token_seconds_sum", "inter_token_latency_seconds_count", "e2e_request_latency_seconds_count"}) {
            assertThat(metrics).containsPattern("(?m)^sglang:" + name + "\\{model_name=\"llama\"\\} ");
        }
        assertThat(metrics).containsPattern("(?m)^sglang:time_to_first_token_seconds_bucket\\{model_name=\"llama\",le=\"0.1\"\\} ");
        assertThat(metrics).containsPattern("(?m)^sglang:num_running_reqs\\{model_name=\"llama\"\\} 0.0$");
        assertThat(metrics).doesNotContainPattern("(?m)^sglang:generation_tokens_total\\{model_name=\"llama\"\\} 0.0$");
    }
}
