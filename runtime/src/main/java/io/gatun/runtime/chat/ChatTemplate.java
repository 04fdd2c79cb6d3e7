package io.gatun.runtime.chat;

import io.gatun.runtime.chat.jinja.JinjaException;
import io.gatun.runtime.chat.jinja.JinjaTemplate;
import io.gatun.runtime.config.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Turns conversations into the text that a model was trained on, by the Jinja template that came with it. Immutable; any number of threads may share one.
 */
public final class ChatTemplate {
    private static final String DEFAULT = "default";
    private static final String FOR_TOOLS = "tool_use";

    /** Asks whether a message has content, so that null and the empty text mean different things to the template. */
    private static final Pattern ASKS_FOR_CONTENT = Pattern.compile("(?<!\\w)content['\"]?]?\\s+is\\s+(not\\s+)?none");

    private final String source;
    private final Variant template;
    private final Optional<Variant> forTools;
    private final Map<String, Object> specialTokens;

    private record Variant(String text, JinjaTemplate compiled, boolean blanksContent) {
        static Variant compile(String source, String text, Clock clock) {
            try {
                return new Variant(text, JinjaTemplate.compile(text, clock), !ASKS_FOR_CONTENT.matcher(text).find());
            } catch (JinjaException e) {
                throw new ChatTemplateException(describe(source, e), e);
            }
        }
    }

    private ChatTemplate(String source, Variant template, Optional<Variant> forTools, Map<String, Object> specialTokens) {
        this.source = source;
        this.template = template;
        this.forTools = forTools;
        this.specialTokens = specialTokens;
    }

    /**
     * Reads a template.
     *
     * @param source where it comes from, for messages
     * @param specialTokens by the names that templates know them by, such as {@code bos_token}
     * @throws ChatTemplateException if it is malformed
     */
    public static ChatTemplate compile(String source, String template, Map<String, String> specialTokens, Clock clock) {
        return new ChatTemplate(source, Variant.compile(source, template, clock), Optional.empty(), Map.copyOf(specialTokens));
    }

    /**
     * Reads the template of a model's folder, if it has one: {@code chat_template.jinja}, else {@code chat_template.json}, else what
     * {@code tokenizer_config.json} says, where there may be several by name.
     *
     * @throws ChatTemplateException if it is malformed
     * @throws io.gatun.runtime.config.ConfigException if the JSON is
     */
    public static Optional<ChatTemplate> fromDirectory(Path modelDir) {
        var clock = Clock.systemDefaultZone();
        var config = json(modelDir.resolve("tokenizer_config.json"));
        Map<String, Object> specialTokens = config.map(ChatTemplate::specialTokens).orElse(Map.of());
        var file = modelDir.resolve("chat_template.jinja");
        if (Files.exists(file)) {
            return Optional.of(new ChatTemplate(file.toString(), Variant.compile(file.toString(), read(file), clock), Optional.empty(), specialTokens));
        }
        var inJson = json(modelDir.resolve("chat_template.json")).filter(found -> found.has("chat_template")).or(() -> config.filter(found -> found.has("chat_template")));
        return inJson.map(found -> ofJson(found, specialTokens, clock));
    }

    /** The template as it is written; where there is one for conversations with tools, that one. */
    public String text() {
        return forTools.orElse(template).text();
    }

    /**
     * The prompt for a conversation: its messages in OpenAI's form, or in whatever form the template knows, and the tools that its tool choice allows.
     *
     * @throws ChatTemplateException if the template refuses it, or the arguments of a call in it are no JSON object; the message says why
     */
    public String render(ChatRequest request) {
        var variant = request.offeredTools().isEmpty() ? template : forTools.orElse(template);
        var prepared = new ChatMessages(false, variant.blanksContent()).prepare(request.messages());
        try {
            return render(variant, request, prepared);
        } catch (ChatTemplateException e) {
            return renderWithText(variant, request, prepared, e);
        }
    }

    /** Some templates put the arguments of calls together with other text and cannot take them as objects. */
    private String renderWithText(Variant variant, ChatRequest request, List<Map<String, Object>> prepared, ChatTemplateException otherwise) {
        var messages = new ChatMessages(true, variant.blanksContent()).prepare(request.messages());
        if (messages.equals(prepared)) {
            throw otherwise;
        }
        try {
            return render(variant, request, messages);
        } catch (ChatTemplateException e) {
            throw otherwise;
        }
    }

    private String render(Variant variant, ChatRequest request, List<Map<String, Object>> messages) {
        var variables = new HashMap<String, Object>(specialTokens);
        variables.put("messages", messages);
        variables.put("tools", request.offeredTools().isEmpty() ? null : request.offeredTools());
        variables.put("documents", request.documents().isEmpty() ? null : request.documents());
        variables.put("add_generation_prompt", request.addGenerationPrompt());
        variables.putAll(request.variables());
        try {
            return variant.compiled().render(variables);
        } catch (JinjaException e) {
            throw new ChatTemplateException(describe(source, e), e);
        }
    }

    private static ChatTemplate ofJson(JsonObject json, Map<String, Object> specialTokens, Clock clock) {
        if (json.isText("chat_template")) {
            return new ChatTemplate(json.source(), Variant.compile(json.source(), json.text("chat_template"), clock), Optional.empty(), specialTokens);
        }
        var byName = new HashMap<String, Variant>();
        for (var named : json.objects("chat_template")) {
            byName.put(named.text("name"), Variant.compile(json.source() + " (" + named.text("name") + ")", named.text("template"), clock));
        }
        if (!byName.containsKey(DEFAULT)) {
            throw new ChatTemplateException(json.source() + ": chat_template has no template called '" + DEFAULT + "' but " + byName.keySet());
        }
        return new ChatTemplate(json.source(), byName.get(DEFAULT), Optional.ofNullable(byName.get(FOR_TOOLS)), specialTokens);
    }

    /** Those that the file names, as strings or as objects with their content; {@code add_bos_token} and the like are no tokens. */
    private static Map<String, Object> specialTokens(JsonObject config) {
        var tokens = new HashMap<String, Object>();
        for (var key : config.keys()) {
            if (key.endsWith("_token") && config.isText(key)) {
                tokens.put(key, config.text(key));
            } else if (key.endsWith("_token") && config.isObject(key)) {
                config.object(key).filter(token -> token.has("content")).ifPresent(token -> tokens.put(key, token.text("content")));
            }
        }
        return tokens;
    }

    private static String describe(String source, JinjaException e) {
        return source + (e.line() == 0 ? "" : ", line " + e.line()) + ": " + (e.type().equals("TemplateError") ? "" : e.type() + ": ") + e.getMessage();
    }

    private static Optional<JsonObject> json(Path file) {
        return Files.exists(file) ? Optional.of(JsonObject.read(file)) : Optional.empty();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new ChatTemplateException(file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
