package io.gatun.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.image.Image;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.CustomMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import io.gatun.runtime.multimodal.source.ImageSource;
import java.net.URI;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * LangChain4j's messages as chat templates take them.
 *
 * @param pictures the addresses that pictures may be fetched from; empty for none
 */
record MessageMapper(EngineHandle handle, Optional<Predicate<URI>> pictures) {

    /** @throws UnsupportedFeatureException if a message has content that the model cannot take */
    Map<String, Object> map(ChatMessage message) {
        return switch (message) {
            case SystemMessage system -> Map.of("role", "system", "content", system.text());
            case UserMessage user -> {
                var map = role("user", user.contents());
                if (user.name() != null) {
                    map.put("name", user.name());
                }
                yield map;
            }
            case AiMessage ai -> answer(ai);
            case ToolExecutionResultMessage result -> {
                var map = role("tool", result.contents());
                map.put("name", result.toolName());
                if (result.id() != null) {
                    map.put("tool_call_id", result.id());
                }
                yield map;
            }
            case CustomMessage custom -> custom.attributes();
            default -> throw new UnsupportedFeatureException("messages of the kind " + message.getClass().getSimpleName() + " are not supported");
        };
    }

    private static Map<String, Object> answer(AiMessage ai) {
        if (!ai.images().isEmpty()) {
            throw new UnsupportedFeatureException("an AI message has images that it generated, which are not supported");
        }
        var map = new LinkedHashMap<String, Object>();
        map.put("role", "assistant");
        map.put("content", ai.text() == null ? "" : ai.text());
        if (ai.thinking() != null) {
            map.put("reasoning_content", ai.thinking());
        }
        if (ai.hasToolExecutionRequests()) {
            map.put("tool_calls", ai.toolExecutionRequests().stream().map(MessageMapper::call).toList());
        }
        return map;
    }

    private static Map<String, Object> call(ToolExecutionRequest request) {
        var map = new LinkedHashMap<String, Object>();
        if (request.id() != null) {
            map.put("id", request.id());
        }
        map.put("type", "function");
        String arguments = request.arguments() == null || request.arguments().isBlank() ? "{}" : request.arguments();
        map.put("function", Map.of("name", request.name(), "arguments", JsonSchemas.parsedIfObject(arguments)));
        return map;
    }

    /** Templates of text models know no lists of parts, so that text alone is a string. */
    private Map<String, Object> role(String role, List<Content> contents) {
        boolean text = contents.stream().allMatch(TextContent.class::isInstance);
        var map = new LinkedHashMap<String, Object>();
        map.put("role", role);
        map.put("content", text ? contents.stream().map(content -> ((TextContent) content).text()).collect(Collectors.joining("\n"))
                : contents.stream().map(this::part).toList());
        return map;
    }

    private Map<String, Object> part(Content content) {
        return switch (content) {
            case TextContent text -> Map.of("type", "text", "text", text.text());
            case ImageContent image -> {
                if (!handle.engine().seesImages()) {
                    throw new UnsupportedFeatureException("content of type image is not supported by the model " + handle.modelName() + ", which reads text");
                }
                yield Map.of("type", "image", "image", source(image.image()));
            }
            default -> throw new UnsupportedFeatureException("content of type " + content.type().toString().toLowerCase(Locale.ROOT)
                    + " is not supported; there may be text" + (handle.engine().seesImages() ? " and images" : ""));
        };
    }

    private ImageSource source(Image image) {
        if (image.base64Data() != null) {
            try {
                return new ImageSource.Bytes(Base64.getMimeDecoder().decode(image.base64Data()));
            } catch (IllegalArgumentException e) {
                throw new InvalidRequestException("an image's base64 data cannot be decoded: " + e.getMessage(), e);
            }
        }
        if (image.url() == null) {
            throw new InvalidRequestException("an image has neither base64 data nor a url");
        }
        boolean data = "data".equalsIgnoreCase(image.url().getScheme());
        if (!data && !pictures.map(allowed -> allowed.test(image.url())).orElse(false)) {
            throw new UnsupportedFeatureException("the image " + image.url() + " is not supported: its address is not allowed; send base64 data, or allow it "
                    + "by imageUrls of the model's builder");
        }
        return new ImageSource.Address(image.url().toString());
    }
}
