package io.gatun.server.http.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.engine.GenerationChunk;
import io.gatun.server.http.Call;
import io.gatun.server.http.EventStream;
import io.gatun.server.http.Json;
import io.gatun.server.http.MergedStream;
import io.gatun.server.http.MergedStream.Place;
import io.gatun.server.http.StreamClock;
import io.gatun.server.http.TokenTexts;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Completions as events. */
final class CompletionEvents {
    private final Call call;
    private final CompletionBody request;
    private final ObjectNode frame;
    private final TokenTexts texts;
    private final Usage usage = new Usage();
    private final StreamClock clock;
    private final Map<Integer, CompletionLogprobs> logprobs = new HashMap<>();
    private final Set<Integer> begun = new HashSet<>();
    private final Set<Integer> counted = new HashSet<>();

    CompletionEvents(Call call, CompletionBody request) {
        this.call = call;
        this.request = request;
        frame = Completions.answer(call, request);
        texts = new TokenTexts(call.engine());
        clock = new StreamClock(call.service().metrics());
    }

    /** What is wrong with the request shows before the first chunk, and so as a status and not in the middle of a stream. */
    void send() throws IOException {
        var engine = call.engine();
        try (var stream = call.await(() -> MergedStream.start(engine, request.requests()))) {
            var first = call.await(stream::next);
            try (var events = call.events()) {
                events.failing(call, () -> {
                    send(events, first);
                    while (stream.hasNext()) {
                        send(events, call.await(stream::next));
                    }
                    if (request.stream().includeUsage()) {
                        var last = frame.deepCopy();
                        last.putArray("choices");
                        last.set("usage", usage.json());
                        events.send(last);
                    }
                });
                events.done();
            }
        }
    }

    private void send(EventStream events, Place place) throws IOException {
        var chunk = place.chunk();
        int index = place.request() * request.params().n() + chunk.index();
        clock.came(index, chunk.outputIds().length);
        String echo = request.echo() && begun.add(index) ? Completions.text(call.engine(), request.prompts().get(place.request())) : "";
        if (chunk.text().isEmpty() && echo.isEmpty() && chunk.logprobs().isEmpty() && !chunk.isLast()) {
            return;
        }
        var choice = Json.object().put("index", index).put("text", echo + chunk.text());
        if (request.params().returnLogprob()) {
            choice.set("logprobs", logprobs.computeIfAbsent(index, any -> CompletionLogprobs.of(request.params(), texts)).json(chunk.logprobs()));
        } else {
            choice.putNull("logprobs");
        }
        finish(choice, place.request(), chunk);
        var event = frame.deepCopy();
        event.putArray("choices").add(choice);
        if (request.stream().continuousUsage()) {
            event.set("usage", usage.json());
        } else if (request.stream().includeUsage()) {
            event.putNull("usage");
        }
        events.send(event);
    }

    private void finish(ObjectNode choice, int prompt, GenerationChunk chunk) {
        if (chunk.result().isEmpty()) {
            choice.putNull("finish_reason");
            return;
        }
        var result = chunk.result().get();
        boolean first = counted.add(prompt);
        usage.add(result, first);
        call.service().metrics().ended(result, request.params().grammar().isPresent(), first);
        Outcome.log(call, usage, result);
        Outcome.finish(choice, result.finishReason(), false);
    }
}
