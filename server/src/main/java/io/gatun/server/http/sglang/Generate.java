package io.gatun.server.http.sglang;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.engine.GenerationChunk;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.server.http.Call;
import io.gatun.server.http.Endpoint;
import io.gatun.server.http.EventStream;
import io.gatun.server.http.Json;
import io.gatun.server.http.MergedStream;
import io.gatun.server.http.MergedStream.Place;
import io.gatun.server.http.StreamClock;
import io.gatun.server.http.TokenTexts;
import java.io.IOException;
import java.util.HashMap;
import java.util.Optional;

/** {@code POST /generate} of SGLang's native API. Its events have all the text so far. */
public final class Generate implements Endpoint {

    @Override
    public void answer(Call call) throws IOException {
        call.promptField("text");
        var body = call.body();
        var engine = call.engine();
        call.service().requireModel(body);
        call.promptField(body.has("text") ? "text" : "input_ids");
        var request = GenerateBody.read(body, engine, call.service().options());
        call.log().put("rid", request.requests().getFirst().id().orElseThrow()).put("stream", request.stream());
        if (request.stream()) {
            stream(call, request);
        } else {
            whole(call, request);
        }
    }

    private static void whole(Call call, GenerateBody request) {
        var engine = call.engine();
        var results = call.await(() -> engine.generateAll(request.requests()));
        var all = Json.array();
        int place = 0;
        for (var one : request.requests()) {
            for (int i = 0; i < one.params().n(); i++) {
                var result = results.get(place++);
                all.add(output(call, request, one.params().topLogprobsNum() > 0, one.params().returnLogprob(), result));
                ended(call, result, one.params().grammar().isPresent(), i == 0);
                call.service().metrics().evenly(result);
            }
        }
        call.send(request.isBatch() || all.size() > 1 ? all : all.get(0));
    }

    private static void stream(Call call, GenerateBody request) throws IOException {
        var engine = call.engine();
        var outputs = new HashMap<Integer, GrowingOutput>();
        var clock = new StreamClock(call.service().metrics());
        try (var stream = call.await(() -> MergedStream.start(engine, request.requests()))) {
            var first = call.await(stream::next);
            try (var events = call.events()) {
                events.failing(call, () -> {
                    send(call, request, events, clock, outputs, first, stream);
                    while (stream.hasNext()) {
                        send(call, request, events, clock, outputs, call.await(stream::next), stream);
                    }
                });
                events.done();
            }
        }
    }

    private static void send(Call call, GenerateBody request, EventStream events, StreamClock clock, HashMap<Integer, GrowingOutput> outputs, Place place,
            MergedStream stream) throws IOException {
        GenerationChunk chunk = place.chunk();
        var one = request.requests().get(place.request());
        int index = chunk.index();
        for (int i = 0; i < place.request(); i++) {
            index += request.requests().get(i).params().n();
        }
        clock.came(index, chunk.outputIds().length);
        var output = outputs.computeIfAbsent(index, any -> new GrowingOutput(one.id().orElseThrow() + (one.params().n() == 1 ? "" : "-" + chunk.index()),
                stream.promptTokens(place.request())));
        output.add(chunk);
        var texts = request.textInLogprobs() ? Optional.of(new TokenTexts(call.engine())) : Optional.<TokenTexts>empty();
        ObjectNode event;
        if (chunk.result().isPresent()) {
            var result = chunk.result().get();
            event = output(call, request, one.params().topLogprobsNum() > 0, one.params().returnLogprob(), result);
            ended(call, result, one.params().grammar().isPresent(), chunk.index() == 0);
        } else {
            event = output.json(one.params().returnLogprob(), one.params().topLogprobsNum() > 0, texts);
        }
        if (request.isBatch() || one.params().n() > 1) {
            event.put("index", index);
        }
        events.send(event);
    }

    private static ObjectNode output(Call call, GenerateBody request, boolean top, boolean logprobs, GenerationResult result) {
        var meta = MetaInfo.of(result);
        if (logprobs) {
            var texts = request.textInLogprobs() ? Optional.of(new TokenTexts(call.engine())) : Optional.<TokenTexts>empty();
            MetaInfo.logprobs(meta, "input", result.promptLogprobs(), top, texts);
            MetaInfo.logprobs(meta, "output", result.logprobs(), top, texts);
        }
        var output = Json.object().put("text", result.text());
        output.set("output_ids", Json.array(result.outputIds()));
        return output.set("meta_info", meta);
    }

    private static void ended(Call call, GenerationResult result, boolean structured, boolean first) {
        call.service().metrics().ended(result, structured, first);
        call.log().put("prompt_tokens", call.log().path("prompt_tokens").asLong() + (first ? result.promptTokens() : 0))
                .put("completion_tokens", call.log().path("completion_tokens").asLong() + result.completionTokens())
                .put("finish_reason", result.finishReason().type()).put("first_token_seconds", Math.round(result.stats().firstTokenSeconds() * 1e4) / 1e4);
    }
}
