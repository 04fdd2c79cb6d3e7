package io.gatun.server.http.openai;

import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.GenerationRequest.Prompt;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.server.http.ApiException;
import io.gatun.server.http.Fields;
import io.gatun.server.http.PromptFields;
import io.gatun.server.http.SamplingFields;
import io.gatun.server.http.ServerOptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A request for completions.
 *
 * @param id of the answer
 * @param prompts what is to be continued
 * @param params how
 * @param stream how it is handed over
 * @param echo whether the prompt is part of the answer
 * @param onlyEcho whether nothing else is: the prompt's log-probabilities are wanted
 * @param ids of the engine's requests, one a prompt
 */
record CompletionBody(String id, List<Prompt> prompts, SamplingParams params, StreamFields stream, boolean echo, boolean onlyEcho, List<String> ids) {
    private static final int DEFAULT_MAX_TOKENS = 16;
    private static final Set<String> OWN = Set.of("model", "prompt", "echo", "best_of", "logprobs", "stream", "stream_options", "rid");

    /**
     * Reads a body.
     *
     * @throws ApiException naming a field that is wrong
     */
    static CompletionBody read(Fields body, Engine engine, ServerOptions options) {
        var sampling = new SamplingFields(List.of("max_tokens"), options.maxOutputTokens());
        var known = new HashSet<>(OWN);
        known.addAll(sampling.names());
        new KnownFields(known).check(body);
        boolean echo = body.flag("echo", false);
        boolean onlyEcho = echo && body.has("max_tokens") && body.integer("max_tokens") == 0;
        if (onlyEcho) {
            body.json().put("max_tokens", 1);
        }
        int most = Math.min(DEFAULT_MAX_TOKENS, options.maxOutputTokens().orElse(DEFAULT_MAX_TOKENS));
        var params = sampling.read(body, engine.defaultSamplingParams().toBuilder().maxNewTokens(most).build()).toBuilder();
        var stream = StreamFields.read(body);
        logprobs(body, params, echo);
        if (body.has("best_of") && body.integer("best_of") != params.build().n()) {
            throw ApiException.invalid("best_of", "unsupported_parameter",
                    "'best_of' is " + body.integer("best_of") + "; only the value of 'n' is supported, which is " + params.build().n());
        }
        if (stream.wanted() && echo && (onlyEcho || params.build().returnLogprob())) {
            throw ApiException.invalid("echo", "unsupported_parameter", "'echo' with 'logprobs' or without new tokens cannot be streamed");
        }
        var prompts = PromptFields.read(body, "prompt");
        String id = "cmpl-" + UUID.randomUUID().toString().replace("-", "");
        return new CompletionBody(id, prompts.prompts(), params.build(), stream, echo, onlyEcho, ids(body, id, prompts.prompts().size()));
    }

    /** The prompts as requests of the engine. */
    List<GenerationRequest> requests() {
        var requests = new ArrayList<GenerationRequest>();
        for (int i = 0; i < prompts.size(); i++) {
            requests.add(new GenerationRequest(prompts.get(i), params, Optional.of(ids.get(i))));
        }
        return requests;
    }

    private static List<String> ids(Fields body, String id, int count) {
        var given = body.has("rid") ? body.texts("rid") : List.of(id);
        if (given.size() == 1) {
            var ids = new ArrayList<String>();
            for (int i = 0; i < count; i++) {
                ids.add(count == 1 ? given.getFirst() : given.getFirst() + "-" + i);
            }
            return ids;
        }
        if (given.size() != count) {
            throw ApiException.invalid("rid", "'rid' has " + given.size() + " ids for " + count + " prompts");
        }
        return given;
    }

    private static void logprobs(Fields body, SamplingParams.Builder params, boolean echo) {
        if (body.has("logprobs")) {
            params.returnLogprob(true).topLogprobsNum(body.integer("logprobs")).logprobStartLen(echo ? 0 : -1);
            SamplingFields.check("logprobs", params);
        }
    }
}
