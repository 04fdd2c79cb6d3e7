package io.gatun.server.http;

import io.gatun.runtime.engine.Engine;
import io.gatun.server.http.openai.ChatCompletions;
import io.gatun.server.http.openai.Models;
import java.nio.charset.StandardCharsets;

/** All that the server answers. */
final class Api {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private Api() {
    }

    static Routes routes() {
        return new Routes().openGet("/health", Health::quick).get("/health_generate", Health::generate).get("/metrics", Api::metrics)
                .post("/v1/chat/completions", new ChatCompletions())
                .get(Models.PATH, Models::list).getBelow(Models.PATH + "/", Models::one);
    }

    private static void metrics(Call call) {
        var stats = call.service().loadedEngine().map(Engine::stats);
        call.send(200, PROMETHEUS, call.service().metrics().scrape(stats).getBytes(StandardCharsets.UTF_8));
    }
}
