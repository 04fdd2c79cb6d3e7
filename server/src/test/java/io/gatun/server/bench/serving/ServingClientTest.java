package io.gatun.server.bench.serving;

import static io.gatun.server.bench.serving.FakeServer.Line.data;
import static io.gatun.server.bench.serving.FakeServer.body;
import static io.gatun.server.bench.serving.FakeServer.stream;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.NullNode;
import io.gatun.server.bench.serving.FakeServer.Line;
import io.gatun.server.bench.serving.FakeServer.Script;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is measured of a server that answers by script. */
class ServingClientTest {
    private static final Protocol CHAT = new OpenAiProtocol("m", true, true);
    private static final Protocol COMPLETIONS = new OpenAiProtocol("m", false, false);
    private static final Protocol GENERATE = new GenerateProtocol(true);
    private static final ServingRequest REQUEST = new ServingRequest(new ServingRequest.Prompt.Text("hi"), 1, 3, List.of("data:image/png;base64,AA=="));
    /** What a busy machine may add to a delay. */
    private static final double SLACK = 0.3;

    private FakeServer server;

    @BeforeEach
    void start() throws IOException {
        server = new FakeServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Outcome send(Protocol protocol, boolean stream, Map<String, JsonNode> extra) throws InterruptedException {
        try (var client = new ServingClient(server.url(), Optional.of("key"))) {
            return client.send(protocol, REQUEST, stream, extra);
        }
    }

    private Outcome send(Protocol protocol) throws InterruptedException {
        return send(protocol, true, Map.of());
    }

    @Test
    void timesAChatsTokens() throws InterruptedException {
        server.on("/v1/chat/completions", stream(
                data(10, "{'choices': [{'delta': {'role': 'assistant', 'content': ''}}]}"), new Line(0, ": keep-alive\n\n"),
                data(90, "{'choices': [{'delta': {'reasoning_content': 'Hm'}}]}"),
                data(50, "{'choices': [{'delta': {'content': ' yes'}}]}"),
                data(150, "{'choices': [{'delta': {'tool_calls': [{'index': 0, 'function': {'name': 'f', 'arguments': '{}'}}]}, 'finish_reason': null}]}"),
                data(0, "{'choices': [{'delta': {}, 'finish_reason': 'stop'}]}"),
                data(0, "{'choices': [], 'usage': {'prompt_tokens': 11, 'completion_tokens': 3}}"), new Line(30, "data: [DONE]\n\n")));
        var outcome = send(CHAT);
        assertThat(outcome.error()).isEmpty();
        assertThat(outcome.text()).isEqualTo("Hm yesf{}");
        assertThat(outcome.ttft().orElseThrow()).isBetween(0.1, 0.1 + SLACK);
        assertThat(outcome.itl()).hasSize(2);
        assertThat(outcome.itl().get(0)).isBetween(0.03, 0.05 + SLACK);
        assertThat(outcome.itl().get(1)).isBetween(0.13, 0.15 + SLACK);
        assertThat(outcome.latency()).isBetween(0.33, 0.33 + SLACK);
        assertThat(outcome.promptTokens()).hasValue(11);
        assertThat(outcome.completionTokens()).hasValue(3);
        var seen = server.seen.getFirst();
        assertThat(seen.authorization()).isEqualTo("Bearer key");
        assertThat(seen.body().toString().replace('"', '\'')).isEqualTo("{'model':'m','messages':[{'role':'user','content':[{'type':'image_url',"
                + "'image_url':{'url':'data:image/png;base64,AA=='}},{'type':'text','text':'hi'}]}],'temperature':0.0,'max_tokens':3,'stream':true,"
                + "'stream_options':{'include_usage':true},'ignore_eos':true}");
    }

    @Test
    void timesACompletionOfAServerWithoutUsage() throws InterruptedException {
        server.on("/v1/completions", stream(data(60, "{'choices': [{'text': 'one'}]}"), data(40,
                "{'choices': [{'text': ' two', 'finish_reason': 'length'}]}")));
        var outcome = send(COMPLETIONS);
        assertThat(outcome.error()).isEmpty();
        assertThat(outcome.text()).isEqualTo("one two");
        assertThat(outcome.ttft().orElseThrow()).isBetween(0.06, 0.06 + SLACK);
        assertThat(outcome.itl()).singleElement().satisfies(itl -> assertThat(itl).isBetween(0.02, 0.04 + SLACK));
        assertThat(outcome.completionTokens()).isEmpty();
        assertThat(server.seen.getFirst().body().has("ignore_eos")).isFalse();
    }

    @Test
    void sharesTheTimeOfAnEventAmongItsTokens() throws InterruptedException {
        server.on("/generate", stream(data(0, "{'text': 'a', 'meta_info': {'prompt_tokens': 4, 'completion_tokens': 1}}"),
                data(120, "{'text': 'a b c d', 'meta_info': {'prompt_tokens': 4, 'completion_tokens': 4, 'finish_reason': {'type': 'length'}}}"),
                new Line(0, "data: [DONE]\n\n")));
        var outcome = send(GENERATE);
        assertThat(outcome.error()).isEmpty();
        assertThat(outcome.text()).isEqualTo("a b c d");
        assertThat(outcome.itl()).hasSize(3).allSatisfy(itl -> assertThat(itl).isBetween(0.03, (0.12 + SLACK) / 3));
        assertThat(outcome.promptTokens()).hasValue(4);
        assertThat(outcome.completionTokens()).hasValue(4);
        var sent = server.seen.getFirst().body();
        assertThat(sent.path("text").asText()).isEqualTo("hi");
        assertThat(sent.path("image_data")).hasSize(1);
        assertThat(sent.at("/sampling_params/max_new_tokens").asInt()).isEqualTo(3);
    }

    @Test
    void takesWholeAnswers() throws InterruptedException {
        server.on("/v1/chat/completions", body(200, "{'choices': [{'message': {'content': 'yes'}}], 'usage': {'prompt_tokens': 2, 'completion_tokens': 5}}"))
                .on("/generate", new Script.Body(200, 80, "{\"text\": \"no\", \"meta_info\": {\"prompt_tokens\": 2, \"completion_tokens\": 6}}"));
        var chat = send(CHAT, false, Map.of());
        assertThat(chat.text()).isEqualTo("yes");
        assertThat(chat.completionTokens()).hasValue(5);
        var generated = send(GENERATE, false, Map.of());
        assertThat(generated.completionTokens()).hasValue(6);
        assertThat(generated.latency()).isBetween(0.08, 0.08 + SLACK).isEqualTo(generated.ttft().orElseThrow());
        assertThat(server.seen.getFirst().body().path("stream").asBoolean()).isFalse();
        assertThat(server.seen.getFirst().body().has("stream_options")).isFalse();
    }

    @Test
    void addsAndTakesAwayFields() throws InterruptedException {
        server.on("/v1/chat/completions", body(200, "{}"));
        send(CHAT, false, Map.of("top_p", new DoubleNode(0.5), "temperature", NullNode.instance, "stream", BooleanNode.FALSE));
        var sent = server.seen.getFirst().body();
        assertThat(sent.path("top_p").asDouble()).isEqualTo(0.5);
        assertThat(sent.has("temperature")).isFalse();
    }

    @Test
    void tellsHowRequestsFail() throws InterruptedException, IOException {
        assertFails(body(429, "{'error': {'message': 'too many', 'type': 'rate'}}"), "HTTP 429: too many");
        assertFails(body(500, "oops"), "HTTP 500: oops");
        assertFails(new Script.Body(502, 0, "x".repeat(1000)), "HTTP 502: " + "x".repeat(300) + "…");
        assertFails(stream(data(0, "{'choices': [{'text': 'a'}]}"), data(0, "{'error': {'message': 'out of memory'}}")), "out of memory");
        assertFails(stream(data(0, "{'choices': [{'text': 'a'}]}")), "the stream broke off after 1 of its tokens");
        assertFails(stream(data(0, "{'choices': [")), "the answer is no JSON");
        assertFails(stream(), "the stream broke off after 0");
        assertFails(new Script.HangUp(), "IOException: HTTP/1.1 header parser received no bytes");
    }

    private void assertFails(Script script, String error) throws InterruptedException {
        server.on("/v1/completions", script);
        assertThat(send(COMPLETIONS).error()).hasValueSatisfying(message -> assertThat(message).startsWith(error));
    }

    @Test
    void tellsThatNobodyListens() throws InterruptedException, IOException {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        try (var client = new ServingClient("http://127.0.0.1:" + port, Optional.empty())) {
            assertThat(client.send(GENERATE, REQUEST, true, Map.of()).error()).hasValue("ConnectException");
        }
    }
}
