package io.gatun.server.http.openai;

import io.gatun.runtime.chat.ChatRequest;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.server.http.ApiException;
import io.gatun.server.http.Fields;
import io.gatun.server.http.Json;
import io.gatun.server.http.SamplingFields;
import io.gatun.server.http.ServerOptions;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * A request for a chat completion.
 *
 * @param conversation what is to be answered
 * @param params how
 * @param stream how it is handed over
 * @param parallelToolCalls whether an answer may call several tools
 * @param separateReasoning whether what the model thinks is kept apart from its answer
 */
record ChatBody(ChatRequest conversation, SamplingParams params, StreamFields stream, boolean parallelToolCalls, boolean separateReasoning) {
    private static final int MOST_TOP_LOGPROBS = 20;
    private static final Set<String> OWN = Set.of("model", "messages", "tools", "tool_choice", "parallel_tool_calls", "logprobs", "top_logprobs", "stream",
            "stream_options", "modalities", "reasoning_effort", "chat_template_kwargs", "separate_reasoning", "rid");

    /**
     * Reads a body.
     *
     * @throws ApiException naming a field that is wrong
     */
    static ChatBody read(Fields body, Engine engine, ServerOptions options) {
        var sampling = new SamplingFields(List.of("max_tokens", "max_completion_tokens"), options.maxOutputTokens());
        var known = new HashSet<>(OWN);
        known.addAll(sampling.names());
        new KnownFields(known).check(body);
        requireText(body);
        int most = options.maxOutputTokens().orElse(engine.contextLength());
        var params = sampling.read(body, engine.defaultSamplingParams().toBuilder().maxNewTokens(most).build()).toBuilder();
        logprobs(body, params);
        var tools = ChatTools.read(body);
        var conversation = ChatRequest.builder().messages(ChatMessages.read(body, options.maxImages())).tools(tools.tools()).toolChoice(tools.choice())
                .id(body.optionalText("rid").orElseGet(() -> "chatcmpl-" + UUID.randomUUID().toString().replace("-", "")));
        variables(body).forEach(conversation::variable);
        return new ChatBody(conversation.build(), params.build(), StreamFields.read(body), body.flag("parallel_tool_calls", true),
                body.flag("separate_reasoning", true));
    }

    private static void logprobs(Fields body, SamplingParams.Builder params) {
        boolean wanted = body.flag("logprobs", false);
        params.returnLogprob(wanted);
        if (body.has("top_logprobs")) {
            int top = body.integer("top_logprobs");
            if (!wanted && top != 0) {
                throw ApiException.invalid("top_logprobs", "'top_logprobs' is " + top + ", but 'logprobs' is not true");
            }
            if (top < 0 || top > MOST_TOP_LOGPROBS) {
                throw ApiException.invalid("top_logprobs", "'top_logprobs' is " + top + "; it must be 0 to " + MOST_TOP_LOGPROBS);
            }
            params.topLogprobsNum(top);
        }
    }

    private static void requireText(Fields body) {
        if (body.has("modalities") && !body.texts("modalities").equals(List.of("text"))) {
            throw ApiException.invalid("modalities", "'modalities' must be [\"text\"]; nothing else is supported");
        }
    }

    /** What templates may ask for. As in SGLang, an effort of none turns thinking off. */
    private static Map<String, Object> variables(Fields body) {
        var variables = body.has("chat_template_kwargs") ? Json.map(body.object("chat_template_kwargs").json()) : new LinkedHashMap<String, Object>();
        body.optionalText("reasoning_effort").ifPresent(effort -> {
            variables.putIfAbsent("reasoning_effort", effort);
            if (effort.equals("none")) {
                variables.putIfAbsent("enable_thinking", false);
                variables.putIfAbsent("thinking", false);
            }
        });
        return variables;
    }
}
