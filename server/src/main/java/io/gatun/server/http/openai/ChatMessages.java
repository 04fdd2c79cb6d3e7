package io.gatun.server.http.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.server.http.ApiException;
import io.gatun.server.http.Fields;
import io.gatun.server.http.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Messages in OpenAI's form, checked and made into what chat templates take. */
final class ChatMessages {
    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool");

    private final int maxImages;
    private int images;

    private ChatMessages(int maxImages) {
        this.maxImages = maxImages;
    }

    /**
     * The messages of a body.
     *
     * @throws ApiException naming a field that is wrong
     */
    static List<Map<String, Object>> read(Fields body, int maxImages) {
        var reader = new ChatMessages(maxImages);
        var messages = new ArrayList<Map<String, Object>>();
        for (var message : body.objects("messages")) {
            messages.add(Json.map(reader.message(message)));
        }
        if (messages.isEmpty()) {
            throw ApiException.invalid("messages", "'messages' is empty; it must have at least one message");
        }
        return messages;
    }

    private ObjectNode message(Fields message) {
        String role = message.text("role");
        if (!ROLES.contains(role)) {
            throw message.wrong("role", "system, developer, user, assistant or tool");
        }
        message.refuse("audio", "");
        message.refuse("function_call", "use 'tool_calls'");
        var plain = message.json().deepCopy();
        plain.put("role", role.equals("developer") ? "system" : role);
        if (message.has("content")) {
            content(message, plain, role);
        } else if (role.equals("assistant")) {
            plain.put("content", "");
        } else {
            message.node("content");
        }
        if (message.has("tool_calls")) {
            plain.set("tool_calls", toolCalls(message));
        } else {
            plain.remove("tool_calls");
        }
        message.optionalText("name");
        message.optionalText("tool_call_id");
        message.optionalText("reasoning_content");
        return plain;
    }

    /** Parts of text alone become one text, which every template takes. */
    private void content(Fields message, ObjectNode plain, String role) {
        if (message.node("content").isTextual()) {
            message.text("content");
            return;
        }
        var parts = Json.array();
        var texts = new ArrayList<String>();
        for (var part : message.objects("content")) {
            String type = part.text("type");
            switch (type) {
                case "text" -> texts.add(part.text("text"));
                case "refusal" -> texts.add(part.text("refusal"));
                case "image_url" -> requireImage(part, role);
                default -> throw ApiException.invalid(part.name("type"), "parts of the type '" + type + "' are not supported; they must be text or image_url");
            }
            parts.add(part.json());
        }
        if (texts.size() == parts.size()) {
            plain.put("content", String.join(" ", texts));
        } else {
            plain.set("content", parts);
        }
    }

    private void requireImage(Fields part, String role) {
        if (!role.equals("user") && !role.equals("tool")) {
            throw ApiException.invalid(part.name("type"), "a message of the role '" + role + "' has a picture; only those of users and tools may");
        }
        if (part.node("image_url").isTextual()) {
            part.text("image_url");
        } else {
            part.object("image_url").text("url");
        }
        if (++images > maxImages) {
            throw ApiException.invalid("messages", "the messages have more than " + maxImages + " pictures, which are the most that a request may have");
        }
    }

    /** Templates expect the arguments of calls as objects, OpenAI's clients send them as text. */
    private static ArrayNode toolCalls(Fields message) {
        var calls = Json.array();
        for (var call : message.objects("tool_calls")) {
            var function = call.object("function");
            function.text("name");
            var plain = call.json().deepCopy();
            if (function.has("arguments") && function.node("arguments").isTextual()) {
                var arguments = function.text("arguments").isBlank() ? Json.object() : Json.parse(function.text("arguments"))
                        .filter(found -> found.isObject()).orElseThrow(() -> function.wrong("arguments", "a JSON object, as text"));
                ((ObjectNode) plain.get("function")).set("arguments", arguments);
            }
            calls.add(plain);
        }
        return calls;
    }
}
