package io.gatun.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.gatun.runtime.engine.GenerationRequest.Prompt;
import java.util.ArrayList;
import java.util.List;

/**
 * The prompts of a body.
 *
 * @param prompts as the engine takes them
 * @param isBatch whether they came as a list, so that the answer is one, too
 */
public record PromptFields(List<Prompt> prompts, boolean isBatch) {
    private static final int MOST = 4096;

    /**
     * A text, a list of texts, token ids, or a list of lists of those.
     *
     * @throws ApiException naming the field if it is none of these
     */
    public static PromptFields read(Fields body, String key) {
        var value = body.node(key);
        if (value.isTextual()) {
            return new PromptFields(List.of(new Prompt.Text(body.text(key))), false);
        }
        if (!value.isArray() || value.isEmpty()) {
            throw body.wrong(key, "a text, a list of texts, a list of token ids, or a list of lists of those, and none of them empty");
        }
        if (value.get(0).isNumber()) {
            return new PromptFields(List.of(new Prompt.Ids(body.integers(key))), false);
        }
        if (value.size() > MOST) {
            throw ApiException.invalid(body.name(key), "'" + body.name(key) + "' has " + value.size() + " prompts; it may have at most " + MOST);
        }
        var prompts = new ArrayList<Prompt>();
        for (int i = 0; i < value.size(); i++) {
            prompts.add(prompt(value.get(i), body.name(key) + "[" + i + "]"));
        }
        return new PromptFields(prompts, true);
    }

    private static Prompt prompt(JsonNode value, String name) {
        return value.isArray() ? new Prompt.Ids(Fields.integers(value, name)) : new Prompt.Text(Fields.text(value, name));
    }
}
