package io.gatun.models;

import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.multimodal.MediaInput;
import io.gatun.runtime.multimodal.Modality;
import io.gatun.runtime.multimodal.MultimodalProcessor;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.ImageProcessorConfig;
import io.gatun.runtime.multimodal.image.Normalizer;
import io.gatun.runtime.multimodal.image.Patches;
import io.gatun.runtime.multimodal.image.PictureFit;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Pictures for Gemma 3: one square of each, whatever its shape. A feature's grid is {@code h, w} in patches, before pooling; its rows are the patches row by
 * row. The placeholder is the token that begins a picture.
 */
public final class Gemma3Processor implements MultimodalProcessor {
    private static final String PAN_AND_SCAN = "do_pan_and_scan";
    private static final Map<String, Object> DEFAULTS = Map.of("resample", 2, "size", Map.of("height", 224, "width", 224), "image_mean", ProcessorParts.HALVES,
            "image_std", ProcessorParts.HALVES);

    private final int tokenId;
    private final int tokens;
    private final String begin;
    private final String token;
    private final String end;
    private final int imageSize;
    private final int patch;
    private final PictureFit fit;
    private final Normalizer normalizer;

    public Gemma3Processor(ModelConfig config, Path folder) {
        var json = config.json();
        tokenId = json.intValue("image_token_id", json.intValue("image_token_index", 262_144));
        tokens = json.positiveInt("mm_tokens_per_image", 256);
        begin = ProcessorParts.tokenText(folder, "boi_token", "<start_of_image>");
        token = ProcessorParts.tokenText(folder, "image_token", "<image_soft_token>");
        end = ProcessorParts.tokenText(folder, "eoi_token", "<end_of_image>");
        var tower = json.object("vision_config").orElseThrow(() -> new ConfigException(json.source() + " lacks 'vision_config', which is needed"));
        imageSize = tower.positiveInt("image_size");
        patch = tower.positiveInt("patch_size");
        var processing = ImageProcessorConfig.ofImages(folder, DEFAULTS).require("Gemma3ImageProcessor");
        if (processing.json().booleanValue(PAN_AND_SCAN, false)) {
            throw processing.json().wrong(PAN_AND_SCAN, "false: a picture's crops are not made here");
        }
        fit = processing.fit();
        normalizer = processing.normalizer();
    }

    @Override
    public Optional<String> placeholder(Modality modality) {
        return modality == Modality.IMAGE ? Optional.of(begin) : Optional.empty();
    }

    @Override
    public int tokenId(Modality modality) {
        return tokenId;
    }

    /**
     * Makes one square of each picture.
     *
     * @throws MediaException for a video
     */
    @Override
    public List<MediaFeature> process(List<MediaInput> inputs) {
        return inputs.stream().map(ProcessorParts::picture).map(this::feature).toList();
    }

    private MediaFeature feature(Picture picture) {
        var square = fit.apply(picture);
        if (square.width() != imageSize || square.height() != imageSize) {
            throw new MediaException("a picture of " + square.width() + " x " + square.height() + " pixels after processing; the model takes " + imageSize
                    + " x " + imageSize + ", which size of its processor must say");
        }
        int side = imageSize / patch;
        int columns = Patches.plainColumns(patch);
        var pixels = new float[side * side * columns];
        Patches.plain(square, patch, normalizer, pixels, 0);
        return new MediaFeature(Modality.IMAGE, pixels, columns, new int[]{side, side}, tokens);
    }

    @Override
    public String expansion(MediaFeature feature) {
        return "\n\n" + begin + token.repeat(feature.tokens()) + end + "\n\n";
    }

    @Override
    public boolean attendsBothWays() {
        return true;
    }
}
