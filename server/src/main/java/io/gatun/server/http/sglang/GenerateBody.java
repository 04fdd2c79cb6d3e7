package io.gatun.server.http.sglang;

import com.fasterxml.jackson.databind.JsonNode;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.GenerationRequest.Prompt;
import io.gatun.runtime.multimodal.Media;
import io.gatun.runtime.multimodal.source.ImageSource;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.server.http.ApiException;
import io.gatun.server.http.Fields;
import io.gatun.server.http.Json;
import io.gatun.server.http.PromptFields;
import io.gatun.server.http.SamplingFields;
import io.gatun.server.http.ServerOptions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A request of SGLang's native API. A list of prompts may have a value for each of them wherever one alone would do.
 *
 * @param requests what is to be continued, and how
 * @param isBatch whether the answer is a list
 * @param stream whether it is handed over as it comes
 * @param textInLogprobs whether log-probabilities come with the tokens' texts
 */
record GenerateBody(List<GenerationRequest> requests, boolean isBatch, boolean stream, boolean textInLogprobs) {
    private static final Set<String> KNOWN = Set.of("text", "input_ids", "image_data", "sampling_params", "rid", "return_logprob", "logprob_start_len",
            "top_logprobs_num", "return_text_in_logprobs", "stream", "model", "extra_key", "log_metrics", "priority", "background", "data_parallel_rank",
            "routed_dp_rank", "custom_labels", "modalities");

    /**
     * Reads a body.
     *
     * @throws ApiException naming a field that is wrong
     */
    static GenerateBody read(Fields body, Engine engine, ServerOptions options) {
        for (String key : body.keys()) {
            var value = body.json().get(key);
            boolean says = !value.isNull() && !(value.isBoolean() && !value.booleanValue());
            if (!KNOWN.contains(key) && says) {
                throw ApiException.invalid(key, "unsupported_parameter", "'" + key + "' is not supported");
            }
        }
        if (body.has("text") == body.has("input_ids")) {
            throw ApiException.invalid(body.has("text") ? "input_ids" : "text", "give either 'text' or 'input_ids'");
        }
        var prompts = PromptFields.read(body, body.has("text") ? "text" : "input_ids");
        var requests = new ArrayList<GenerationRequest>();
        int count = prompts.prompts().size();
        for (int i = 0; i < count; i++) {
            var params = params(body, i, count, prompts.isBatch(), engine, options);
            var prompt = withImages(prompts.prompts().get(i), images(body, i, count, prompts.isBatch(), options));
            requests.add(new GenerationRequest(prompt, params, Optional.of(id(body, i, count, prompts.isBatch()))));
        }
        return new GenerateBody(requests, prompts.isBatch(), body.flag("stream", false), body.flag("return_text_in_logprobs", false));
    }

    private static SamplingParams params(Fields body, int i, int count, boolean batch, Engine engine, ServerOptions options) {
        var value = body.has("sampling_params") ? each(body, "sampling_params", i, count, batch) : Json.object();
        String name = body.json().get("sampling_params") == value || !body.has("sampling_params") ? "sampling_params" : "sampling_params[" + i + "]";
        var builder = NativeSampling.read(Fields.object(value, name), engine.defaultSamplingParams(), options.maxOutputTokens()).toBuilder();
        body.optionalText("extra_key").ifPresent(builder::extraKey);
        if (body.has("return_logprob") && flag(each(body, "return_logprob", i, count, batch), "return_logprob")) {
            builder.returnLogprob(true);
            if (body.has("logprob_start_len")) {
                builder.logprobStartLen(Fields.integer(each(body, "logprob_start_len", i, count, batch), "logprob_start_len"));
                SamplingFields.check("logprob_start_len", builder);
            }
            if (body.has("top_logprobs_num")) {
                builder.topLogprobsNum(Fields.integer(each(body, "top_logprobs_num", i, count, batch), "top_logprobs_num"));
                SamplingFields.check("top_logprobs_num", builder);
            }
        }
        return builder.build();
    }

    private static boolean flag(JsonNode value, String name) {
        if (!value.isBoolean()) {
            throw ApiException.invalid(name, "'" + name + "' must be true or false");
        }
        return value.booleanValue();
    }

    private static String id(Fields body, int i, int count, boolean batch) {
        if (!body.has("rid")) {
            return UUID.randomUUID().toString().replace("-", "");
        }
        String id = Fields.text(each(body, "rid", i, count, batch), "rid");
        return body.node("rid").isTextual() && count > 1 ? id + "-" + i : id;
    }

    /** The value of one prompt: that in its place in a list, or the one for all. */
    private static JsonNode each(Fields body, String key, int i, int count, boolean batch) {
        var value = body.node(key);
        if (!batch || !value.isArray()) {
            return value;
        }
        if (value.size() != count) {
            throw ApiException.invalid(key, "'" + key + "' has " + value.size() + " values for " + count + " prompts");
        }
        return value.get(i);
    }

    private static List<Media> images(Fields body, int i, int count, boolean batch, ServerOptions options) {
        if (!body.has("image_data")) {
            return List.of();
        }
        var value = each(body, "image_data", i, count, batch);
        var media = new ArrayList<Media>();
        if (value.isArray()) {
            value.forEach(one -> media.add(image(one)));
        } else if (!value.isNull()) {
            media.add(image(value));
        }
        if (media.size() > options.maxImages()) {
            throw ApiException.invalid("image_data", "'image_data' has " + media.size() + " pictures; a request may have at most " + options.maxImages());
        }
        return media;
    }

    /** An address, or a picture's bytes in Base64. SGLang also takes the path of a file, which no request shall name here. */
    private static Media image(JsonNode value) {
        String text = Fields.text(value, "image_data");
        if (text.matches("(?is)(data|https?|file):.*")) {
            return new Media.Image(new ImageSource.Address(text));
        }
        try {
            return new Media.Image(new ImageSource.Bytes(Base64.getMimeDecoder().decode(requireBase64(text))));
        } catch (IllegalArgumentException e) {
            throw ApiException.invalid("image_data", "'image_data' must be a data: URI, an address, or a picture in Base64");
        }
    }

    private static String requireBase64(String text) {
        if (!text.chars().allMatch(c -> Character.isWhitespace(c) || c < 128 && (Character.isLetterOrDigit(c) || c == '+' || c == '/' || c == '='))) {
            throw new IllegalArgumentException();
        }
        return text;
    }

    private static Prompt withImages(Prompt prompt, List<Media> media) {
        return switch (prompt) {
            case Prompt.Text(var text, var none, var special) -> new Prompt.Text(text, media, special);
            case Prompt.Ids(var ids, var none) -> new Prompt.Ids(ids, media);
            case Prompt.Embeddings embeddings -> embeddings;
        };
    }
}
