package io.gatun.server.http.openai;

import io.gatun.runtime.tokenizer.Tokenizer;
import io.gatun.server.http.ApiException;
import io.gatun.server.http.Call;
import io.gatun.server.http.Fields;
import io.gatun.server.http.Json;
import java.util.Set;

/** {@code POST /v1/tokenize} and {@code POST /v1/detokenize}, as SGLang has them. */
public final class Tokenize {
    private static final KnownFields TEXTS = new KnownFields(Set.of("model", "prompt", "add_special_tokens"));
    private static final KnownFields TOKENS = new KnownFields(Set.of("model", "tokens", "skip_special_tokens"));

    private Tokenize() {
    }

    public static void tokenize(Call call) {
        var body = call.body();
        var tokenizer = tokenizer(call, body);
        TEXTS.check(body);
        boolean special = body.flag("add_special_tokens", true);
        var answer = Json.object();
        if (body.node("prompt").isTextual()) {
            int[] ids = tokenizer.encode(body.text("prompt"), special);
            answer.put("count", ids.length).set("tokens", Json.array(ids));
        } else {
            var all = answer.putArray("tokens");
            var counts = answer.putArray("count");
            for (String text : body.texts("prompt")) {
                int[] ids = tokenizer.encode(text, special);
                all.add(Json.array(ids));
                counts.add(ids.length);
            }
        }
        call.send(answer.put("max_model_len", call.engine().contextLength()));
    }

    public static void detokenize(Call call) {
        var body = call.body();
        var tokenizer = tokenizer(call, body);
        TOKENS.check(body);
        boolean skip = body.flag("skip_special_tokens", true);
        var tokens = body.array("tokens");
        var answer = Json.object();
        if (tokens.isEmpty() || tokens.get(0).isNumber()) {
            answer.put("text", decode(tokenizer, body.integers("tokens"), "tokens", skip));
        } else {
            var texts = answer.putArray("text");
            for (int i = 0; i < tokens.size(); i++) {
                String name = "tokens[" + i + "]";
                texts.add(decode(tokenizer, Fields.integers(tokens.get(i), name), name, skip));
            }
        }
        call.send(answer);
    }

    private static String decode(Tokenizer tokenizer, int[] ids, String name, boolean skipSpecialTokens) {
        for (int id : ids) {
            if (id < 0 || id >= tokenizer.idBound()) {
                throw ApiException.invalid(name, "'" + name + "' has the token id " + id + "; the tokenizer has ids 0 to " + (tokenizer.idBound() - 1));
            }
        }
        return tokenizer.decode(ids, skipSpecialTokens);
    }

    private static Tokenizer tokenizer(Call call, Fields body) {
        var engine = call.engine();
        call.service().requireModel(body);
        return engine.tokenizer().orElseThrow(() -> ApiException.invalid("model", "the model has no tokenizer"));
    }
}
