package io.gatun.models;

import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.MediaInput;
import io.gatun.runtime.multimodal.Picture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the processors of several families share. */
final class ProcessorParts {
    static final List<Double> CLIP_MEAN = List.of(0.48145466, 0.4578275, 0.40821073);
    static final List<Double> CLIP_STD = List.of(0.26862954, 0.26130258, 0.27577711);
    static final List<Double> HALVES = List.of(0.5, 0.5, 0.5);

    private ProcessorParts() {
    }

    /** The picture of an input of a model that takes no videos. */
    static Picture picture(MediaInput input) {
        return switch (input) {
            case MediaInput.Image image -> image.picture();
            case MediaInput.Video video -> throw new MediaException("a video of " + video.frames().size()
                    + " frames, which the model does not take; give it some of the frames as pictures");
        };
    }

    /** The text of a special token that tokenizer_config.json names, as {@code image_token}; {@code otherwise} where it does not. */
    static String tokenText(Path folder, String name, String otherwise) {
        var file = folder.resolve("tokenizer_config.json");
        if (!Files.isRegularFile(file)) {
            return otherwise;
        }
        var json = JsonObject.read(file);
        String extra = "extra_special_tokens";
        return named(json, name).or(() -> json.isObject(extra) ? json.object(extra).flatMap(tokens -> named(tokens, name)) : Optional.empty())
                .orElse(otherwise);
    }

    private static Optional<String> named(JsonObject json, String name) {
        if (json.isObject(name)) {
            return json.object(name).map(token -> token.text("content"));
        }
        return json.isText(name) ? Optional.of(json.text(name)) : Optional.empty();
    }
}
