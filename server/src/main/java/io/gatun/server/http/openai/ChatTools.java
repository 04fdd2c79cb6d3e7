package io.gatun.server.http.openai;

import io.gatun.runtime.chat.ToolChoice;
import io.gatun.server.http.ApiException;
import io.gatun.server.http.Fields;
import io.gatun.server.http.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Tools in OpenAI's form, and which of them the answer calls.
 *
 * @param tools as chat templates take them
 * @param choice which are called
 */
record ChatTools(List<Map<String, Object>> tools, ToolChoice choice) {
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");

    /**
     * The tools of a body.
     *
     * @throws ApiException naming a field that is wrong
     */
    static ChatTools read(Fields body) {
        var tools = new ArrayList<Map<String, Object>>();
        var names = new TreeSet<String>();
        if (body.has("tools")) {
            for (var tool : body.objects("tools")) {
                names.add(name(tool));
                tools.add(Json.map(tool.json()));
            }
        }
        var choice = body.has("tool_choice") ? choice(body, names) : ToolChoice.AUTO;
        return new ChatTools(choice.equals(ToolChoice.NONE) ? List.of() : tools, choice);
    }

    private static String name(Fields tool) {
        if (tool.has("type") && !tool.text("type").equals("function")) {
            throw tool.wrong("type", "function");
        }
        var function = tool.object("function");
        if (!NAME.matcher(function.text("name")).matches()) {
            throw function.wrong("name", "1 to 64 letters, digits, _ or -");
        }
        function.optionalText("description");
        if (function.has("parameters")) {
            function.object("parameters");
        }
        function.flag("strict", false);
        return function.text("name");
    }

    private static ToolChoice choice(Fields body, Set<String> names) {
        if (body.node("tool_choice").isTextual()) {
            return switch (body.text("tool_choice")) {
                case "none" -> ToolChoice.NONE;
                case "auto" -> ToolChoice.AUTO;
                case "required" -> {
                    if (names.isEmpty()) {
                        throw ApiException.invalid("tool_choice", "'tool_choice' is required, but there are no 'tools'");
                    }
                    yield ToolChoice.REQUIRED;
                }
                default -> throw body.wrong("tool_choice", "none, auto, required or {\"type\": \"function\", \"function\": {\"name\": …}}");
            };
        }
        var choice = body.object("tool_choice");
        if (choice.has("type") && !choice.text("type").equals("function")) {
            throw choice.wrong("type", "function");
        }
        String name = choice.object("function").text("name");
        if (!names.contains(name)) {
            throw ApiException.invalid("tool_choice",
                    "'tool_choice' names the tool '" + name + "'; 'tools' has " + (names.isEmpty() ? "none" : String.join(", ", names)));
        }
        return new ToolChoice.Named(name);
    }
}
