package io.gatun.server.http.sglang;

import io.gatun.runtime.engine.Embedding;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.GenerationRequest.Prompt;
import io.gatun.runtime.engine.Pooling;
import io.gatun.server.http.ApiException;
import io.gatun.server.http.Call;
import io.gatun.server.http.Endpoint;
import io.gatun.server.http.Json;
import io.gatun.server.http.PromptFields;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;

/** {@code POST /encode} and {@code POST /classify} of SGLang's native API, whose answers look the same. */
public final class Pooled implements Endpoint {
    private static final Set<String> KNOWN = Set.of("text", "input_ids", "rid", "sampling_params", "model", "priority", "log_metrics", "normalize");

    private final BiFunction<Engine, List<Prompt>, List<Embedding>> work;

    private Pooled(BiFunction<Engine, List<Prompt>, List<Embedding>> work) {
        this.work = work;
    }

    /** Embeddings of the last token, scaled to length 1. */
    public static Pooled encode() {
        return new Pooled((engine, prompts) -> engine.embed(prompts, Pooling.LAST, true));
    }

    /** The raw score of each class. */
    public static Pooled classify() {
        return new Pooled(Engine::score);
    }

    @Override
    public void answer(Call call) {
        call.promptField("text");
        var body = call.body();
        var engine = call.engine();
        call.service().requireModel(body);
        for (String key : body.keys()) {
            if (!KNOWN.contains(key)) {
                body.refuse(key, "");
            }
        }
        if (body.has("text") == body.has("input_ids")) {
            throw ApiException.invalid(body.has("text") ? "input_ids" : "text", "give either 'text' or 'input_ids'");
        }
        String key = body.has("text") ? "text" : "input_ids";
        call.promptField(key);
        var prompts = PromptFields.read(body, key);
        long start = System.nanoTime();
        var pooled = call.await(() -> work.apply(engine, prompts.prompts()));
        double seconds = (System.nanoTime() - start) / 1e9;
        long tokens = pooled.stream().mapToLong(Embedding::promptTokens).sum();
        call.service().metrics().pooled(pooled.size(), tokens, seconds);
        call.log().put("prompt_tokens", tokens);
        var all = Json.array();
        for (var one : pooled) {
            var item = all.addObject();
            var values = item.putArray("embedding");
            for (float value : one.values()) {
                values.add(value);
            }
            var meta = item.putObject("meta_info").put("id", UUID.randomUUID().toString().replace("-", "")).put("prompt_tokens", one.promptTokens())
                    .put("e2e_latency", seconds);
            meta.putObject("finish_reason").put("type", "length").put("length", 0);
        }
        call.send(prompts.isBatch() ? all : all.get(0));
    }
}
