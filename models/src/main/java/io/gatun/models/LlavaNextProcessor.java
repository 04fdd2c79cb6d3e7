package io.gatun.models;

import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.multimodal.MediaInput;
import io.gatun.runtime.multimodal.Modality;
import io.gatun.runtime.multimodal.MultimodalProcessor;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.AnyresGrid;
import io.gatun.runtime.multimodal.image.ImageProcessorConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Pictures for LLaVA-NeXT: the whole one made small, and tiles of the one made large. A feature's grid is an {@link AnyresGrid}; its rows are the patches of
 * tile 0, then of the other tiles, each row by row.
 */
public final class LlavaNextProcessor implements MultimodalProcessor {
    private static final Map<String, Object> DEFAULTS = Map.of("resample", 3, "size", Map.of("shortest_edge", 224), "crop_size", 224, "do_center_crop", true,
            "image_mean", ProcessorParts.CLIP_MEAN, "image_std", ProcessorParts.CLIP_STD, "image_grid_pinpoints",
            List.of(List.of(336, 672), List.of(672, 336), List.of(672, 672), List.of(1008, 336), List.of(336, 1008)));

    private final int tokenId;
    private final String token;
    private final AnyresTiles tiles;

    public LlavaNextProcessor(ModelConfig config, Path folder) {
        var json = config.json();
        tokenId = json.intValue("image_token_id", json.intValue("image_token_index", 32000));
        token = ProcessorParts.tokenText(folder, "image_token", ImageProcessorConfig.promptText(folder, "image_token").orElse("<image>"));
        tiles = new AnyresTiles(ImageProcessorConfig.ofImages(folder, DEFAULTS).require("LlavaNextImageProcessor"), LlavaTower.of(config, "default")
                .forTiles(config));
    }

    @Override
    public Optional<String> placeholder(Modality modality) {
        return modality == Modality.IMAGE ? Optional.of(token) : Optional.empty();
    }

    @Override
    public int tokenId(Modality modality) {
        return tokenId;
    }

    /**
     * Makes tiles of each picture.
     *
     * @throws MediaException for a video, and for a picture so narrow that nothing of it would be left
     */
    @Override
    public List<MediaFeature> process(List<MediaInput> inputs) {
        return inputs.stream().map(ProcessorParts::picture).map(this::feature).toList();
    }

    private MediaFeature feature(Picture picture) {
        var grid = tiles.grid(picture);
        return new MediaFeature(Modality.IMAGE, tiles.pixels(picture), tiles.columns(), grid.toArray(), grid.tokens());
    }

    @Override
    public String expansion(MediaFeature feature) {
        return token.repeat(feature.tokens());
    }
}
