package io.gatun.server.bench.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.server.UsageException;
import java.util.List;
import java.util.OptionalInt;

/**
 * OpenAI's completions, of texts or of chats.
 *
 * @param model its name at the server
 * @param chat whether a prompt is sent as a user's message
 * @param ignoreEos whether the field {@code ignore_eos} is sent, which is not OpenAI's but known to SGLang, vLLM and Gatun
 */
record OpenAiProtocol(String model, boolean chat, boolean ignoreEos) implements Protocol {
    /** What a chunk may have of new text; reasoning counts as output. */
    private static final List<String> TEXTS = List.of("content", "reasoning_content", "reasoning");

    @Override
    public String path() {
        return chat ? "/v1/chat/completions" : "/v1/completions";
    }

    @Override
    public ObjectNode body(ServingRequest request, boolean stream) {
        var body = JsonNodeFactory.instance.objectNode().put("model", model);
        if (chat) {
            message(body.putArray("messages").addObject().put("role", "user"), request);
        } else {
            prompt(body, request);
        }
        body.put("temperature", 0.0).put("max_tokens", request.outputLen()).put("stream", stream);
        if (stream) {
            body.putObject("stream_options").put("include_usage", true);
        }
        return ignoreEos ? body.put("ignore_eos", true) : body;
    }

    private static void prompt(ObjectNode body, ServingRequest request) {
        switch (request.prompt()) {
            case ServingRequest.Prompt.Text(var text) -> body.put("prompt", text);
            case ServingRequest.Prompt.Ids(var ids) -> {
                var array = body.putArray("prompt");
                for (int id : ids) {
                    array.add(id);
                }
            }
        }
    }

    private static void message(ObjectNode message, ServingRequest request) {
        if (!(request.prompt() instanceof ServingRequest.Prompt.Text(var text))) {
            throw new UsageException("--tokenize-prompt sends token ids, which chats do not take; use --backend openai or sglang");
        }
        if (request.images().isEmpty()) {
            message.put("content", text);
            return;
        }
        var parts = message.putArray("content");
        request.images().forEach(image -> parts.addObject().put("type", "image_url").putObject("image_url").put("url", image));
        parts.addObject().put("type", "text").put("text", text);
    }

    @Override
    public Reader reader() {
        return new Reader() {
            @Override
            public Delta event(JsonNode event) {
                return delta(event, chat ? texts(event.at("/choices/0/delta")) : event.at("/choices/0/text").asText(""));
            }

            @Override
            public Delta whole(JsonNode answer) {
                return delta(answer, chat ? texts(answer.at("/choices/0/message")) : answer.at("/choices/0/text").asText(""));
            }
        };
    }

    private static Delta delta(JsonNode event, String text) {
        var usage = event.path("usage");
        return new Delta(text, OptionalInt.empty(), Protocol.count(usage.path("prompt_tokens")), Protocol.count(usage.path("completion_tokens")),
                event.at("/choices/0/finish_reason").isTextual());
    }

    /** What a message has to read: text, reasoning, the arguments of tool calls. */
    private static String texts(JsonNode message) {
        var text = new StringBuilder();
        TEXTS.forEach(name -> text.append(message.path(name).isTextual() ? message.path(name).textValue() : ""));
        for (var call : message.path("tool_calls")) {
            text.append(call.at("/function/name").asText("")).append(call.at("/function/arguments").asText(""));
        }
        return text.toString();
    }
}
