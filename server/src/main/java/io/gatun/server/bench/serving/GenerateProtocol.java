package io.gatun.server.bench.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalInt;

/** SGLang's own {@code /generate}, whose events hold the whole text so far. */
record GenerateProtocol(boolean ignoreEos) implements Protocol {

    @Override
    public String path() {
        return "/generate";
    }

    @Override
    public ObjectNode body(ServingRequest request, boolean stream) {
        var body = JsonNodeFactory.instance.objectNode();
        switch (request.prompt()) {
            case ServingRequest.Prompt.Text(var text) -> body.put("text", text);
            case ServingRequest.Prompt.Ids(var ids) -> {
                var array = body.putArray("input_ids");
                for (int id : ids) {
                    array.add(id);
                }
            }
        }
        body.putObject("sampling_params").put("temperature", 0.0).put("max_new_tokens", request.outputLen()).put("ignore_eos", ignoreEos);
        if (!request.images().isEmpty()) {
            request.images().forEach(body.putArray("image_data")::add);
        }
        return body.put("stream", stream);
    }

    @Override
    public Reader reader() {
        return new Reader() {
            private String soFar = "";

            @Override
            public Delta event(JsonNode event) {
                String text = event.path("text").asText("");
                String added = text.startsWith(soFar) ? text.substring(soFar.length()) : text;
                soFar = text;
                return delta(event.path("meta_info"), added);
            }

            @Override
            public Delta whole(JsonNode answer) {
                return delta(answer.path("meta_info"), answer.path("text").asText(""));
            }
        };
    }

    private static Delta delta(JsonNode meta, String text) {
        OptionalInt completion = Protocol.count(meta.path("completion_tokens"));
        return new Delta(text, completion, Protocol.count(meta.path("prompt_tokens")), completion, !meta.path("finish_reason").isMissingNode()
                && !meta.path("finish_reason").isNull());
    }
}
