package io.gatun.runtime.chat;

import io.gatun.runtime.multimodal.Media;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.source.ImageSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The pictures of a conversation, in the order of its messages. A message's content may be a list of parts: {@code {"type": "text", "text": …}},
 * {@code {"type": "image", "image": …}} as Hugging Face writes it, {@code {"type": "image_url", "image_url": {"url": …}}} as OpenAI does, and
 * {@code {"type": "video", "video": [frames], "fps": …}}. A picture is an {@link ImageSource}, a {@link Picture}, or the text of an address.
 *
 * @param messages as templates expect them: a part that is a picture says so and no more
 * @param media the pictures
 */
public record ChatMedia(List<Map<String, Object>> messages, List<Media> media) {
    private static final double USUAL_FPS = 2;

    /**
     * Takes the pictures out of messages.
     *
     * @throws MediaException if a part has no picture where it should
     */
    public static ChatMedia of(List<Map<String, Object>> messages) {
        var media = new ArrayList<Media>();
        var plain = messages.stream().map(message -> without(message, media)).toList();
        return new ChatMedia(media.isEmpty() ? messages : plain, media);
    }

    private static Map<String, Object> without(Map<String, Object> message, List<Media> media) {
        if (!(message.get("content") instanceof List<?> parts)) {
            return message;
        }
        var copy = new HashMap<>(message);
        copy.put("content", parts.stream().map(part -> part instanceof Map<?, ?> map ? plain(map, media) : part).toList());
        return copy;
    }

    private static Map<?, ?> plain(Map<?, ?> part, List<Media> media) {
        return switch (String.valueOf(part.get("type"))) {
            case "image" -> {
                media.add(new Media.Image(source(part.get("image") == null ? part.get("url") : part.get("image"))));
                yield Map.of("type", "image");
            }
            case "image_url" -> {
                media.add(new Media.Image(source(part.get("image_url") instanceof Map<?, ?> inner ? inner.get("url") : part.get("image_url"))));
                yield Map.of("type", "image");
            }
            case "video" -> {
                if (!(part.get("video") instanceof List<?> frames) || frames.isEmpty()) {
                    throw new MediaException("a part of the type video has the video " + part.get("video") + "; it must be a list of pictures, its frames");
                }
                double fps = part.get("fps") instanceof Number number ? number.doubleValue() : USUAL_FPS;
                media.add(new Media.Video(frames.stream().map(ChatMedia::source).toList(), fps));
                yield Map.of("type", "video");
            }
            default -> part;
        };
    }

    private static ImageSource source(Object value) {
        return switch (value) {
            case ImageSource source -> source;
            case Picture picture -> new ImageSource.Decoded(picture);
            case String address -> new ImageSource.Address(address);
            case null -> throw new MediaException("a part of the type image has no picture; it must have one under 'image', or its address under 'image_url'");
            default -> throw new MediaException("a part of the type image has " + value.getClass().getSimpleName() + " for a picture; it must be an address or an image source");
        };
    }
}
