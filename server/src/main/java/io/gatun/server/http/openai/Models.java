package io.gatun.server.http.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.server.http.ApiException;
import io.gatun.server.http.Call;
import io.gatun.server.http.Json;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** {@code GET /v1/models} and {@code GET /v1/models/ID}. */
public final class Models {
    public static final String PATH = "/v1/models";

    private Models() {
    }

    public static void list(Call call) {
        var list = Json.object().put("object", "list");
        list.putArray("data").add(model(call));
        call.send(list);
    }

    public static void one(Call call) {
        String id = URLDecoder.decode(call.path().substring(PATH.length() + 1).replace("+", "%2B"), StandardCharsets.UTF_8);
        if (!call.service().isServed(id)) {
            throw ApiException.modelNotFound(id, call.service().options().modelName());
        }
        call.send(model(call));
    }

    private static ObjectNode model(Call call) {
        String name = call.service().options().modelName();
        return Json.object().put("id", name).put("object", "model").put("created", call.service().started().getEpochSecond()).put("owned_by", "gatun")
                .put("root", name).putNull("parent").put("max_model_len", call.engine().contextLength());
    }
}
