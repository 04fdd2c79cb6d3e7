package io.gatun.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatCompletionsTest {
    private static final String PATH = "/v1/chat/completions";
    private static final String NORWAY = "'messages': [{'role': 'user', 'content': 'What is the capital of Norway?'}]";
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
    void answersAsOpenAiDoes() {
        var answer = server.post(PATH, "{" + NORWAY + ", 'model': 'llama', 'temperature': 0, 'user': 'me', 'store': true, 'metadata': {}}");

        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        var json = answer.json();
        assertThat(json.path("object").asText()).isEqualTo("chat.completion");
        assertThat(json.path("id").asText()).startsWith("chatcmpl-");
        assertThat(json.path("model").asText()).isEqualTo("llama");
        var choice = json.path("choices").path(0);
        assertThat(choice.path("message").path("role").asText()).isEqualTo("assistant");
        assertThat(choice.path("message").path("content").asText()).isEqualTo("The capital of Norway is Oslo.");
        assertThat(choice.path("finish_reason").asText()).isEqualTo("stop");
        var usage = json.path("usage");
        assertThat(usage.path("total_tokens").asInt()).isEqualTo(usage.path("prompt_tokens").asInt() + usage.path("completion_tokens").asInt());
    }

    @Test
    void streamsTheSameText() throws IOException {
        var events = server.events(PATH, "{" + NORWAY + ", 'temperature': 0, 'stream': true, 'stream_options': {'include_usage': true}}");

        var first = events.getFirst().path("choices").path(0).path("delta");
        assertThat(first.path("role").asText()).isEqualTo("assistant");
        assertThat(text(events, 0)).isEqualTo("The capital of Norway is Oslo.");
        var usage = events.getLast();
        assertThat(usage.path("choices")).isEmpty();
        assertThat(usage.path("usage").path("completion_tokens").asInt()).isEqualTo(11);
        assertThat(events.get(events.size() - 2).path("choices").path(0).path("finish_reason").asText()).isEqualTo("stop");
        assertThat(events.subList(0, events.size() - 1)).allMatch(event -> event.path("usage").isNull());
    }

    @Test
    void givesSeveralOutputsTheSameWhetherStreamedOrNot() throws IOException {
        String body = "{" + NORWAY + ", 'temperature': 1.5, 'seed': 7, 'n': 3, 'max_completion_tokens': 12";
        var whole = server.post(PATH, body + "}").json();
        var events = server.events(PATH, body + ", 'stream': true}");

        for (int i = 0; i < 3; i++) {
            assertThat(whole.path("choices").path(i).path("index").asInt()).isEqualTo(i);
            assertThat(text(events, i)).isEqualTo(whole.path("choices").path(i).path("message").path("content").asText());
        }
        assertThat(whole.path("usage").path("prompt_tokens").asInt()).isEqualTo(20);
    }

    @Test
    void stopsAtTextsAndTokens() {
        var atText = server.post(PATH, "{" + NORWAY + ", 'temperature': 0, 'stop': [' of', 'never']}").json().path("choices").path(0);
        assertThat(atText.path("message").path("content").asText()).isEqualTo("The capital");
        assertThat(atText.path("matched_stop").asText()).isEqualTo(" of");
        int id = server.engine.tokenizer().orElseThrow().encode(" of", false)[0];
        var atToken = server.post(PATH, "{" + NORWAY + ", 'temperature': 0, 'stop_token_ids': [" + id + "]}").json().path("choices").path(0);
        assertThat(atToken.path("matched_stop").asInt()).isEqualTo(id);
        var atLength = server.post(PATH, "{" + NORWAY + ", 'temperature': 0, 'max_tokens': 2}").json().path("choices").path(0);
        assertThat(atLength.path("finish_reason").asText()).isEqualTo("length");
    }

    @Test
    void givesLogprobsInChatsForm() throws IOException {
        String body = "{" + NORWAY + ", 'temperature': 0, 'max_tokens': 4, 'logprobs': true, 'top_logprobs': 2";
        var content = server.post(PATH, body + "}").json().path("choices").path(0).path("logprobs").path("content");
        assertThat(content).hasSize(4);
        var first = content.path(0);
        assertThat(first.path("token").asText()).isEqualTo("The");
        assertThat(first.path("bytes")).hasSize(3);
        assertThat(first.path("top_logprobs")).hasSize(2);
        assertThat(first.path("logprob").asDouble()).isEqualTo(first.path("top_logprobs").path(0).path("logprob").asDouble()).isNegative();

        var streamed = new ArrayList<JsonNode>();
        server.events(PATH, body + ", 'stream': true}").forEach(event -> event.path("choices").path(0).path("logprobs").path("content").forEach(streamed::add));
        assertThat(streamed).map(entry -> entry.path("token").asText()).containsExactly("The", " capital", " of", " ");
    }

    @Test
    void biasesAndPenalisesTokens() {
        int the = server.engine.tokenizer().orElseThrow().encode("The", false)[0];
        var biased = server.post(PATH, "{" + NORWAY + ", 'temperature': 0, 'logit_bias': {'" + the + "': -100}, 'max_tokens': 8}");
        assertThat(biased.json().path("choices").path(0).path("message").path("content").asText()).doesNotStartWith("The");
        var penalised = server.post(PATH, "{" + NORWAY + ", 'temperature': 0, 'frequency_penalty': 2, 'presence_penalty': 2, 'repetition_penalty': 1.5, "
                + "'min_tokens': 20, 'ignore_eos': true, 'top_k': 5, 'min_p': 0.1, 'max_tokens': 20}");
        assertThat(penalised.json().path("usage").path("completion_tokens").asInt()).isEqualTo(20);
    }

    @Test
    void takesWhatClientsSendInMessages() {
        var answer = server.post(PATH, "{'temperature': 0, 'max_tokens': 4, 'messages': [{'role': 'developer', 'content': 'Be brief.'}, "
                + "{'role': 'user', 'content': [{'type': 'text', 'text': 'What is'}, {'type': 'text', 'text': 'the capital of Norway?'}]}, "
                + "{'role': 'assistant', 'content': null, 'tool_calls': [{'id': 'a', 'type': 'function', 'function': {'name': 'f', 'arguments': '{}'}}]}, "
                + "{'role': 'tool', 'tool_call_id': 'a', 'content': 'Oslo'}]}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'messages': []|messages", "'messages': 3|messages", "'model': 'llama'|messages",
        "'messages': [{'role': 'king', 'content': 'x'}]|messages[0].role", "'messages': [{'role': 'user'}]|messages[0].content",
        "'messages': [{'role': 'user', 'content': 5}]|messages[0].content", "'messages': ['x']|messages[0]",
        "'messages': [{'role': 'user', 'content': [{'type': 'input_audio'}]}]|messages[0].content[0].type",
        "'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {}}]}]|messages[0].content[0].image_url.url",
        "M, 'temperature': -1|temperature", "M, 'temperature': 'hot'|temperature", "M, 'top_p': 0|top_p", "M, 'top_k': 0|top_k", "M, 'min_p': 2|min_p",
        "M, 'n': 0|n", "M, 'n': 1.5|n", "M, 'max_tokens': 0|max_tokens", "M, 'max_completion_tokens': -3|max_completion_tokens",
        "M, 'frequency_penalty': 3|frequency_penalty", "M, 'presence_penalty': -3|presence_penalty", "M, 'repetition_penalty': 0|repetition_penalty",
        "M, 'logit_bias': {'x': 1}|logit_bias", "M, 'logit_bias': {'5': 101}|logit_bias", "M, 'logit_bias': {'1000000': 1}|logit_bias",
        "M, 'stop': ['']|stop", "M, 'stop': 3|stop", "M, 'stop_token_ids': [-1]|stop_token_ids", "M, 'stop_token_ids': [1000000]|stop_token_ids",
        "M, 'seed': 'x'|seed", "M, 'stream': 'yes'|stream", "M, 'stream_options': {}|stream_options", "M, 'top_logprobs': 2|top_logprobs",
        "M, 'logprobs': true, 'top_logprobs': 21|top_logprobs", "M, 'logprobs': 3|logprobs", "M, 'functions': [{}]|functions",
                "M, 'audio': {'voice': 'x'}|audio",
        "M, 'modalities': ['audio']|modalities", "M, 'no_such_field': 1|no_such_field", "M, 'response_format': {'type': 'xml'}|response_format.type",
        "M, 'response_format': {'type': 'json_schema'}|response_format.json_schema", "M, 'regex': 'a', 'ebnf': 'b'|ebnf",
                "M, 'min_tokens': 9, 'max_tokens': 8|min_tokens",
        "M, 'tools': [{'type': 'function'}]|tools[0].function", "M, 'tools': [{'type': 'function', 'function': {'name': 'a b'}}]|tools[0].function.name",
        "M, 'tool_choice': 'required'|tool_choice", "M, 'tool_choice': {'function': {'name': 'f'}}|tool_choice", "M, 'tool_choice': 'maybe'|tool_choice",
        "M, 'chat_template_kwargs': 3|chat_template_kwargs", "M, 'parallel_tool_calls': 1|parallel_tool_calls"})
    void namesTheFieldThatIsWrong(String fields, String param) {
        server.post(PATH, "{" + fields.replace("M,", NORWAY + ",") + "}").isError(400, param);
    }

    @Test
    void refusesPromptsThatAreTooLongOrHavePictures() {
        var tooLong = server.post(PATH, "{'messages': [{'role': 'user', 'content': '" + "word ".repeat(3000) + "'}]}");
        tooLong.isError(400, "messages");
        assertThat(tooLong.json().path("error").path("code").asText()).isEqualTo("context_length_exceeded");
        server.post(PATH, "{'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': {'url': 'data:image/png;base64,AAAA'}}]}]}")
                .isError(400, "messages");
        server.post(PATH, "{" + NORWAY + ", 'stream': true, 'logit_bias': {'1000000': 1}}").isError(400, "logit_bias");
        server.post(PATH, "{" + NORWAY + ", 'model': 'gpt-4'}").isError(404, "model");
    }

    static String text(List<JsonNode> events, int index) {
        var text = new StringBuilder();
        for (var event : events) {
            for (var choice : event.path("choices")) {
                if (choice.path("index").asInt() == index) {
                    text.append(choice.path("delta").path("content").asText(""));
                }
            }
        }
        return text.toString();
    }
}
