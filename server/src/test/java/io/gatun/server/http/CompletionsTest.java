package io.gatun.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompletionsTest {
    private static final String PROMPT = "The capital of France is";
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
    void completesTextsAndTokens() {
        String ids = Json.array(server.engine.tokenizer().orElseThrow().encode(PROMPT)).toString();
        var one = server.post("/v1/completions", "{'prompt': '" + PROMPT + "', 'temperature': 0}").json();
        assertThat(one.path("object").asText()).isEqualTo("text_completion");
        String text = one.path("choices").path(0).path("text").asText();
        assertThat(text).startsWith(" Paris");
        assertThat(one.path("usage").path("completion_tokens").asInt()).isLessThanOrEqualTo(16);

        for (String prompt : new String[] {ids, "['" + PROMPT + "']", "[" + ids + "]"}) {
            assertThat(server.post("/v1/completions", "{'prompt': " + prompt + ", 'temperature': 0}").json().path("choices").path(0).path("text").asText())
                    .isEqualTo(text);
        }
        var many = server.post("/v1/completions", "{'prompt': ['" + PROMPT + "', 'The capital of Norway is'], 'temperature': 0, 'n': 2, 'max_tokens': 3}")
                .json();
        assertThat(many.path("choices")).hasSize(4);
        assertThat(many.path("choices").path(2).path("text").asText()).isEqualTo(many.path("choices").path(3).path("text").asText()).startsWith(" Oslo");
    }

    @RepeatedTest(4)
    void streamsSeveralPromptsTheSame() throws IOException {
        String body = "{'prompt': ['" + PROMPT + "', '12 + 30 =', 'Once'], 'temperature': 1, 'seed': 3, 'n': 2, 'max_tokens': 9, 'echo': true";
        var whole = server.post("/v1/completions", body + "}").json().path("choices");
        var events = server.events("/v1/completions", body + ", 'stream': true, 'stream_options': {'include_usage': true}}");
        for (int i = 0; i < 6; i++) {
            var text = new StringBuilder();
            for (var event : events) {
                for (var choice : event.path("choices")) {
                    text.append(choice.path("index").asInt() == i ? choice.path("text").asText() : "");
                }
            }
            assertThat(text.toString()).isEqualTo(whole.path(i).path("text").asText());
        }
        assertThat(whole.path(0).path("text").asText()).startsWith(PROMPT);
        assertThat(events.getLast().path("usage").path("completion_tokens").asInt()).isPositive();
    }

    @Test
    void givesLogprobsInTheOldForm() {
        var echoed = server.post("/v1/completions", "{'prompt': '" + PROMPT + "', 'temperature': 0, 'max_tokens': 0, 'echo': true, 'logprobs': 2}").json();
        var logprobs = echoed.path("choices").path(0).path("logprobs");
        assertThat(echoed.path("choices").path(0).path("text").asText()).isEqualTo(PROMPT);
        assertThat(logprobs.path("tokens")).hasSize(echoed.path("usage").path("prompt_tokens").asInt());
        assertThat(logprobs.path("token_logprobs").path(0).isNull()).isTrue();
        assertThat(logprobs.path("token_logprobs").path(2).asDouble()).isNegative();
        assertThat(logprobs.path("top_logprobs").path(2).size()).isBetween(2, 3);
        assertThat(logprobs.path("text_offset").path(1).asInt()).isZero();
        var offsets = logprobs.path("text_offset");
        assertThat(offsets.path(offsets.size() - 1).asInt()).isGreaterThan(offsets.path(1).asInt());

        var plain = server.post("/v1/completions", "{'prompt': '" + PROMPT + "', 'temperature': 0, 'max_tokens': 3, 'logprobs': 0}").json();
        assertThat(plain.path("choices").path(0).path("logprobs").path("tokens")).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"'model': 'llama'|prompt", "'prompt': []|prompt", "'prompt': {}|prompt", "'prompt': [1, 'x']|prompt[1]",
            "'prompt': [[1], 5]|prompt[1]",
        "'prompt': [5000000]|prompt", "'prompt': 'x', 'suffix': 'y'|suffix", "'prompt': 'x', 'best_of': 4|best_of", "'prompt': 'x', 'max_tokens': 0|max_tokens",
        "'prompt': 'x', 'logprobs': 1000|logprobs", "'prompt': 'x', 'echo': 1|echo", "'prompt': ['a', 'b'], 'rid': ['c', 'd', 'e']|rid"})
    void namesTheFieldThatIsWrong(String fields, String param) {
        server.post("/v1/completions", "{" + fields + "}").isError(400, param);
    }

    @Test
    void embeds() {
        var one = server.post("/v1/embeddings", "{'input': 'hello', 'model': 'llama'}").json();
        var vector = one.path("data").path(0).path("embedding");
        assertThat(vector).hasSize(160);
        double norm = 0;
        for (JsonNode value : vector) {
            norm += value.asDouble() * value.asDouble();
        }
        assertThat(norm).isCloseTo(1, within(1e-5));
        assertThat(one.path("usage").path("prompt_tokens").asInt()).isPositive();

        var coded = server.post("/v1/embeddings", "{'input': ['other', 'hello'], 'encoding_format': 'base64', 'dimensions': 160}").json();
        assertThat(coded.path("data").path(1).path("index").asInt()).isEqualTo(1);
        var floats = ByteBuffer.wrap(Base64.getDecoder().decode(coded.path("data").path(1).path("embedding").asText())).order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        for (int i = 0; i < 160; i++) {
            assertThat(floats.get(i)).isEqualTo((float) vector.path(i).asDouble());
        }
        server.post("/v1/embeddings", "{'input': 'x', 'dimensions': 8}").isError(400, "dimensions");
        server.post("/v1/embeddings", "{'input': 'x', 'encoding_format': 'hex'}").isError(400, "encoding_format");
        server.post("/v1/embeddings", "{'input': [99999]}").isError(400, "input");
    }

    @Test
    void tokenizes() {
        var tokens = server.post("/v1/tokenize", "{'prompt': 'The capital of France is'}").json();
        assertThat(tokens.path("count").asInt()).isEqualTo(tokens.path("tokens").size());
        assertThat(tokens.path("max_model_len").asInt()).isEqualTo(1024);
        assertThat(server.post("/v1/detokenize", "{'tokens': " + tokens.path("tokens") + "}").json().path("text").asText()).isEqualTo(PROMPT);
        var many = server.post("/tokenize", "{'prompt': ['a', 'b c'], 'add_special_tokens': false}").json();
        assertThat(many.path("tokens")).hasSize(2);
        assertThat(server.post("/detokenize", "{'tokens': " + many.path("tokens") + "}").json().path("text").path(1).asText()).isEqualTo("b c");
        server.post("/v1/detokenize", "{'tokens': [-1]}").isError(400, "tokens");
        server.post("/v1/tokenize", "{}").isError(400, "prompt");
    }

    @Test
    void listsTheModel() {
        assertThat(server.get("/v1/models").json().path("data").path(0).path("id").asText()).isEqualTo("llama");
        assertThat(server.get("/v1/models/llama").json().path("max_model_len").asInt()).isEqualTo(1024);
        server.get("/v1/models/other").isError(404, "model");
    }
}
