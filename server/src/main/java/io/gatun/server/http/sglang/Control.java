package io.gatun.server.http.sglang;

import io.gatun.runtime.engine.Engine;
import io.gatun.server.http.ApiException;
import io.gatun.server.http.Call;
import io.gatun.server.http.Json;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** SGLang's native API beside generation: what the server is, and what it is told. */
public final class Control {
    private static final String TEXT = "text/plain; charset=utf-8";

    private Control() {
    }

    /** {@code GET /model_info}. The name stands for the path, which is nobody's business. */
    public static void modelInfo(Call call) {
        var engine = call.engine();
        String name = call.service().options().modelName();
        var info = Json.object().put("model_path", name).put("tokenizer_path", name).put("served_model_name", name).put("is_generation", engine.isGeneration())
                .putNull("preferred_sampling_params").put("weight_version", "default").put("has_image_understanding", engine.seesImages())
                .put("has_audio_understanding", false).put("model_type", engine.config().json().text("model_type", ""));
        info.putArray("architectures").add(engine.config().architecture());
        call.send(info.put("max_model_len", engine.contextLength()));
    }

    /** {@code GET /server_info}. */
    public static void serverInfo(Call call) {
        var engine = call.engine();
        var stats = engine.stats();
        String name = call.service().options().modelName();
        var info = Json.object().put("model_path", name).put("tokenizer_path", name).put("served_model_name", name)
                .put("version", Optional.ofNullable(Control.class.getPackage().getImplementationVersion()).orElse("development")).put("status", "ready")
                .put("context_length", engine.contextLength()).put("max_running_requests", engine.maxRunningRequests())
                .put("max_total_num_tokens", stats.totalTokens()).put("tp_size", 1).put("dp_size", 1).put("disaggregation_mode", "null");
        info.putArray("internal_states").addObject().put("last_gen_throughput", stats.lastGenThroughput()).put("num_running_reqs", stats.running())
                .put("num_queue_reqs", stats.waiting()).put("token_usage", stats.tokenUsage()).put("cache_hit_rate", stats.cacheHitRate());
        call.send(info);
    }

    /** {@code /flush_cache}: 400 while requests run. */
    public static void flushCache(Call call) {
        if (!call.engine().flushCache()) {
            throw ApiException.badRequest("the cache was not flushed, since requests run or wait");
        }
        call.send(200, TEXT, "Cache flushed.\n".getBytes(StandardCharsets.UTF_8));
    }

    /** {@code POST /abort_request}: the request of exactly this id, or all of them. */
    public static void abort(Call call) {
        var body = call.body();
        Engine engine = call.engine();
        if (body.flag("abort_all", false)) {
            engine.abortAll();
            call.send(Json.object().put("aborted", true));
        } else {
            call.send(Json.object().put("aborted", engine.abort(body.text("rid"))));
        }
    }
}
