package io.gatun.server.http.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.gatun.runtime.engine.Embedding;
import io.gatun.runtime.engine.Pooling;
import io.gatun.server.http.ApiException;
import io.gatun.server.http.Call;
import io.gatun.server.http.Endpoint;
import io.gatun.server.http.Fields;
import io.gatun.server.http.Json;
import io.gatun.server.http.PromptFields;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Set;

/** {@code POST /v1/embeddings}: of the last token, scaled to length 1. */
public final class Embeddings implements Endpoint {
    private static final KnownFields KNOWN = new KnownFields(Set.of("model", "input", "encoding_format", "dimensions", "rid"));

    @Override
    public void answer(Call call) {
        call.promptField("input");
        var body = call.body();
        var engine = call.engine();
        call.service().requireModel(body);
        KNOWN.check(body);
        boolean base64 = isBase64(body);
        if (body.has("dimensions") && body.integer("dimensions") != engine.config().hiddenSize()) {
            throw ApiException.invalid("dimensions", "unsupported_parameter", "'dimensions' is " + body.integer("dimensions") + "; this model gives "
                    + engine.config().hiddenSize());
        }
        var prompts = PromptFields.read(body, "input").prompts();
        long start = System.nanoTime();
        var embeddings = call.await(() -> engine.embed(prompts, Pooling.LAST, true));
        long tokens = embeddings.stream().mapToLong(Embedding::promptTokens).sum();
        call.service().metrics().pooled(prompts.size(), tokens, (System.nanoTime() - start) / 1e9);
        call.log().put("prompt_tokens", tokens);
        var answer = Json.object().put("object", "list").put("model", call.service().options().modelName());
        var data = answer.putArray("data");
        for (int i = 0; i < embeddings.size(); i++) {
            var item = data.addObject().put("object", "embedding").put("index", i);
            item.set("embedding", base64 ? item.textNode(base64(embeddings.get(i).values())) : numbers(embeddings.get(i).values()));
        }
        answer.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
        call.send(answer);
    }

    private static boolean isBase64(Fields body) {
        return switch (body.optionalText("encoding_format").orElse("float")) {
            case "float" -> false;
            case "base64" -> true;
            default -> throw body.wrong("encoding_format", "float or base64");
        };
    }

    private static JsonNode numbers(float[] values) {
        var array = Json.array();
        for (float value : values) {
            array.add(value);
        }
        return array;
    }

    /** As numpy would write them on the machines that OpenAI's clients were made for. */
    private static String base64(float[] values) {
        var bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
