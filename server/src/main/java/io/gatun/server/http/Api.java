package io.gatun.server.http;

import io.gatun.runtime.engine.Engine;
import io.gatun.server.http.openai.ChatCompletions;
import io.gatun.server.http.openai.Completions;
import io.gatun.server.http.openai.Embeddings;
import io.gatun.server.http.openai.Models;
import io.gatun.server.http.openai.Tokenize;
import io.gatun.server.http.sglang.Control;
import io.gatun.server.http.sglang.Generate;
import io.gatun.server.http.sglang.Pooled;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** All that the server answers. */
final class Api {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    /** What the page at / is made of besides itself. */
    private static final List<String> PAGE = List.of("style.css", "main.js", "api.js", "metrics.js", "pictures.js");

    private Api() {
    }

    static Routes routes() {
        return page(new Routes())
                .post("/v1/chat/completions", new ChatCompletions()).post("/v1/completions", new Completions()).post("/v1/embeddings", new Embeddings())
                .get(Models.PATH, Models::list).getBelow(Models.PATH + "/", Models::one)
                .post("/v1/tokenize", Tokenize::tokenize).post("/tokenize", Tokenize::tokenize)
                .post("/v1/detokenize", Tokenize::detokenize).post("/detokenize", Tokenize::detokenize)
                .post("/generate", new Generate()).post("/encode", Pooled.encode()).post("/classify", Pooled.classify())
                .get("/model_info", Control::modelInfo).get("/get_model_info", Control::modelInfo)
                .get("/server_info", Control::serverInfo).get("/get_server_info", Control::serverInfo)
                .get("/flush_cache", Control::flushCache).post("/flush_cache", Control::flushCache).post("/abort_request", Control::abort)
                .openGet("/health", Health::quick).get("/health_generate", Health::generate).get("/metrics", Api::metrics);
    }

    private static Routes page(Routes routes) {
        routes.openGet("/", Page.of("page/index.html"));
        for (var name : PAGE) {
            routes.openGet("/page/" + name, Page.of("page/" + name));
        }
        return routes;
    }

    private static void metrics(Call call) {
        var stats = call.service().loadedEngine().map(Engine::stats);
        call.send(200, PROMETHEUS, call.service().metrics().scrape(stats).getBytes(StandardCharsets.UTF_8));
    }
}
