package io.gatun.server.http.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.chat.AnswerPart;
import io.gatun.runtime.engine.ChatChunk;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.server.http.Call;
import io.gatun.server.http.EventStream;
import io.gatun.server.http.Json;
import io.gatun.server.http.StreamClock;
import io.gatun.server.http.TokenTexts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A chat completion as events: for each output first one with its role, in the end one with its reason. */
final class ChatEvents {
    private final Call call;
    private final ChatBody request;
    private final TokenTexts texts;
    private final ObjectNode frame;
    private final Usage usage = new Usage();
    private final Set<Integer> begun = new HashSet<>();
    private final Set<Integer> callers = new HashSet<>();

    ChatEvents(Call call, ChatBody request) {
        this.call = call;
        this.request = request;
        this.texts = new TokenTexts(call.engine());
        this.frame = ChatCompletions.answer(call, request, "chat.completion.chunk");
    }

    /** What is wrong with the request shows before the first chunk, and so as a status and not in the middle of a stream. */
    void send() throws IOException {
        var engine = call.engine();
        try (var stream = call.await(() -> engine.answerStream(request.conversation(), request.params()))) {
            var clock = new StreamClock(call.service().metrics());
            var first = call.await(stream::next);
            try (var events = call.events()) {
                events.failing(call, () -> {
                    var chunk = first;
                    send(events, clock, chunk);
                    while (stream.hasNext()) {
                        chunk = call.await(stream::next);
                        send(events, clock, chunk);
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

    private void send(EventStream events, StreamClock clock, ChatChunk chunk) throws IOException {
        var generation = chunk.generation();
        int index = generation.index();
        clock.came(index, generation.outputIds().length);
        if (begun.add(index)) {
            send(events, index, Json.object().put("role", "assistant").put("content", ""));
        }
        var deltas = deltas(index, chunk.parts());
        if (request.params().returnLogprob() && !generation.logprobs().isEmpty() && deltas.isEmpty()) {
            deltas.add(Json.object().put("content", ""));
        }
        for (int i = 0; i < deltas.size(); i++) {
            var choice = choice(index, deltas.get(i)).putNull("finish_reason");
            if (i == 0 && request.params().returnLogprob()) {
                choice.set("logprobs", ChatLogprobs.json(generation.logprobs(), texts));
            }
            send(events, choice);
        }
        if (generation.isLast()) {
            ended(events, index, generation.result().orElseThrow());
        }
    }

    private void ended(EventStream events, int index, GenerationResult result) throws IOException {
        boolean first = usage.completionTokens() == 0 && usage.promptTokens() == 0;
        usage.add(result, first);
        call.service().metrics().ended(result, request.params().grammar().isPresent(), first);
        Outcome.log(call, usage, result);
        send(events, Outcome.finish(choice(index, Json.object()), result.finishReason(), callers.contains(index)));
    }

    private List<ObjectNode> deltas(int index, List<AnswerPart> parts) {
        var deltas = new ArrayList<ObjectNode>();
        for (var part : parts) {
            switch (part) {
                case AnswerPart.Content(var text) -> deltas.add(Json.object().put("content", text));
                case AnswerPart.Reasoning(var text) -> deltas.add(Json.object().put(request.separateReasoning() ? "reasoning_content" : "content", text));
                case AnswerPart.ToolCallBegin begin when isWanted(begin.index()) -> {
                    callers.add(index);
                    var one = toolCall(deltas, begin.index()).put("id", begin.id()).put("type", "function");
                    one.putObject("function").put("name", begin.name()).put("arguments", "");
                }
                case AnswerPart.ToolCallArguments arguments when isWanted(arguments.index()) ->
                    toolCall(deltas, arguments.index()).putObject("function").put("arguments", arguments.json());
                case AnswerPart.ToolCallBegin ignored -> { }
                case AnswerPart.ToolCallArguments ignored -> { }
            }
        }
        return deltas;
    }

    private boolean isWanted(int toolCall) {
        return toolCall == 0 || request.parallelToolCalls();
    }

    private static ObjectNode toolCall(List<ObjectNode> deltas, int index) {
        var delta = Json.object();
        deltas.add(delta);
        return delta.putArray("tool_calls").addObject().put("index", index);
    }

    private static ObjectNode choice(int index, ObjectNode delta) {
        var choice = Json.object().put("index", index);
        choice.set("delta", delta);
        return choice.putNull("logprobs");
    }

    private void send(EventStream events, int index, ObjectNode delta) throws IOException {
        send(events, choice(index, delta).putNull("finish_reason"));
    }

    private void send(EventStream events, ObjectNode choice) throws IOException {
        var event = frame.deepCopy();
        event.putArray("choices").add(choice);
        if (request.stream().continuousUsage()) {
            event.set("usage", usage.json());
        } else if (request.stream().includeUsage()) {
            event.putNull("usage");
        }
        events.send(event);
    }
}
