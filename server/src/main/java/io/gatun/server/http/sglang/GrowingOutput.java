package io.gatun.server.http.sglang;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.engine.GenerationChunk;
import io.gatun.runtime.engine.TokenLogprob;
import io.gatun.server.http.Json;
import io.gatun.server.http.TokenTexts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What has come of one output so far: SGLang's events have all of it each time. */
final class GrowingOutput {
    private final String id;
    private final int promptTokens;
    private final StringBuilder text = new StringBuilder();
    private final ArrayNode ids = Json.array();
    private final List<TokenLogprob> logprobs = new ArrayList<>();

    GrowingOutput(String id, int promptTokens) {
        this.id = id;
        this.promptTokens = promptTokens;
    }

    void add(GenerationChunk chunk) {
        text.append(chunk.text());
        for (int token : chunk.outputIds()) {
            ids.add(token);
        }
        logprobs.addAll(chunk.logprobs());
    }

    ObjectNode json(boolean withLogprobs, boolean top, Optional<TokenTexts> texts) {
        var output = Json.object().put("text", text.toString());
        output.set("output_ids", ids);
        var meta = output.putObject("meta_info").put("id", id).putNull("finish_reason").put("prompt_tokens", promptTokens).put("completion_tokens", ids.size());
        if (withLogprobs) {
            MetaInfo.logprobs(meta, "output", logprobs, top, texts);
        }
        return output;
    }
}
