package io.gatun.server.http.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.engine.ChatResult;
import io.gatun.server.http.Call;
import io.gatun.server.http.Endpoint;
import io.gatun.server.http.Json;
import io.gatun.server.http.TokenTexts;
import java.io.IOException;
import java.time.Instant;

/** {@code POST /v1/chat/completions}. */
public final class ChatCompletions implements Endpoint {

    @Override
    public void answer(Call call) throws IOException {
        call.promptField("messages");
        var body = call.body();
        var engine = call.engine();
        call.service().requireModel(body);
        var request = ChatBody.read(body, engine, call.service().options());
        call.log().put("rid", request.conversation().id().orElseThrow()).put("stream", request.stream().wanted());
        if (request.stream().wanted()) {
            new ChatEvents(call, request).send();
        } else {
            whole(call, request);
        }
    }

    private static void whole(Call call, ChatBody request) {
        var engine = call.engine();
        var results = call.await(() -> engine.answer(request.conversation(), request.params()));
        var answer = answer(call, request, "chat.completion");
        var choices = answer.putArray("choices");
        var usage = new Usage();
        var texts = new TokenTexts(engine);
        for (int i = 0; i < results.size(); i++) {
            var generation = results.get(i).generation();
            choices.add(choice(i, results.get(i), request, texts));
            usage.add(generation, i == 0);
            call.service().metrics().ended(generation, request.params().grammar().isPresent(), i == 0);
            call.service().metrics().evenly(generation);
        }
        answer.set("usage", usage.json());
        Outcome.log(call, usage, results.getFirst().generation());
        call.send(answer);
    }

    static ObjectNode answer(Call call, ChatBody request, String object) {
        return Json.object().put("id", request.conversation().id().orElseThrow()).put("object", object).put("created", Instant.now().getEpochSecond())
                .put("model", call.service().options().modelName());
    }

    private static ObjectNode choice(int index, ChatResult result, ChatBody request, TokenTexts texts) {
        var choice = Json.object().put("index", index);
        var message = choice.putObject("message").put("role", "assistant");
        String content = request.separateReasoning() ? result.content() : result.reasoning() + result.content();
        var calls = request.parallelToolCalls() ? result.toolCalls() : result.toolCalls().stream().limit(1).toList();
        message.put("content", content.isEmpty() && !calls.isEmpty() ? null : content).putNull("refusal");
        if (request.separateReasoning() && !result.reasoning().isEmpty()) {
            message.put("reasoning_content", result.reasoning());
        }
        if (!calls.isEmpty()) {
            var list = message.putArray("tool_calls");
            for (var one : calls) {
                list.addObject().put("id", one.id()).put("type", "function").putObject("function").put("name", one.name()).put("arguments", one.arguments());
            }
        }
        choice.set("logprobs", request.params().returnLogprob() ? ChatLogprobs.json(result.generation().logprobs(), texts) : null);
        return Outcome.finish(choice, result.generation().finishReason(), !calls.isEmpty());
    }
}
