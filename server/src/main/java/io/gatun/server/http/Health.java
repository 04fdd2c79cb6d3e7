package io.gatun.server.http;

import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.sampling.SamplingParams;
import java.util.List;

/** Whether the server can answer; nothing else waits for it and it waits for nothing, so it is quick under load. */
final class Health {
    private Health() {
    }

    /** {@code GET /health}: 503 while the model is loaded, while the server stops, and after the device has failed. */
    static void quick(Call call) {
        var engine = call.engine();
        if (engine.failure().isPresent()) {
            throw ApiException.unavailable("engine_failed", "the engine has failed; restart the server");
        }
        call.send(Json.object().put("status", "ok"));
    }

    /** {@code GET /health_generate}: generates a token. */
    static void generate(Call call) {
        var engine = call.engine();
        if (engine.isGeneration()) {
            call.await(() -> engine.generate(GenerationRequest.ofIds(new int[] {0}, SamplingParams.greedy(1))));
        } else {
            call.await(() -> engine.classifyIds(List.of(new int[] {0})));
        }
        call.send(Json.object().put("status", "ok"));
    }
}
