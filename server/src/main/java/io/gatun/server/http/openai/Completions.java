package io.gatun.server.http.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.GenerationRequest.Prompt;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.runtime.engine.TokenLogprob;
import io.gatun.server.http.Call;
import io.gatun.server.http.Endpoint;
import io.gatun.server.http.Json;
import io.gatun.server.http.TokenTexts;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** {@code POST /v1/completions}. */
public final class Completions implements Endpoint {

    @Override
    public void answer(Call call) throws IOException {
        var body = call.body();
        var engine = call.engine();
        call.service().requireModel(body);
        var request = CompletionBody.read(body, engine, call.service().options());
        call.log().put("rid", request.ids().getFirst()).put("stream", request.stream().wanted());
        if (request.stream().wanted()) {
            new CompletionEvents(call, request).send();
        } else {
            whole(call, request);
        }
    }

    private static void whole(Call call, CompletionBody request) {
        var engine = call.engine();
        var results = call.await(() -> engine.generateAll(request.requests()));
        var answer = answer(call, request);
        var choices = answer.putArray("choices");
        var usage = new Usage();
        for (int i = 0; i < results.size(); i++) {
            boolean first = i % request.params().n() == 0;
            var prompt = request.prompts().get(i / request.params().n());
            choices.add(choice(engine, i, prompt, results.get(i), request));
            usage.add(results.get(i), first, request.onlyEcho() ? 0 : results.get(i).completionTokens());
            call.service().metrics().ended(results.get(i), request.params().grammar().isPresent(), first);
            call.service().metrics().evenly(results.get(i));
        }
        answer.set("usage", usage.json());
        Outcome.log(call, usage, results.getFirst());
        call.send(answer);
    }

    static ObjectNode answer(Call call, CompletionBody request) {
        return Json.object().put("id", request.id()).put("object", "text_completion").put("created", Instant.now().getEpochSecond())
                .put("model", call.service().options().modelName());
    }

    /** What was to be continued, as text. */
    static String text(Engine engine, Prompt prompt) {
        return switch (prompt) {
            case Prompt.Text(var text, var media, var special) -> text;
            case Prompt.Ids(var ids, var media) -> engine.tokenizer().map(tokenizer -> tokenizer.decode(ids, true)).orElse("");
            case Prompt.Embeddings embeddings -> "";
        };
    }

    private static ObjectNode choice(Engine engine, int index, Prompt prompt, GenerationResult result, CompletionBody request) {
        String text = (request.echo() ? text(engine, prompt) : "") + (request.onlyEcho() ? "" : result.text());
        var choice = Json.object().put("index", index).put("text", text);
        if (request.params().returnLogprob()) {
            var tokens = new ArrayList<TokenLogprob>(result.promptLogprobs());
            tokens.addAll(request.onlyEcho() ? List.of() : result.logprobs());
            choice.set("logprobs", CompletionLogprobs.of(request.params(), new TokenTexts(engine)).json(tokens));
        } else {
            choice.putNull("logprobs");
        }
        return Outcome.finish(choice, result.finishReason(), false);
    }
}
