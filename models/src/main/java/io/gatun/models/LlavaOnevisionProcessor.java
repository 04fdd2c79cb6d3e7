package io.gatun.models;

import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.multimodal.MediaInput;
import io.gatun.runtime.multimodal.Modality;
import io.gatun.runtime.multimodal.MultimodalProcessor;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.AnyresGrid;
import io.gatun.runtime.multimodal.image.ImageProcessorConfig;
import io.gatun.runtime.multimodal.image.PictureOps;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Pictures and videos for LLaVA-OneVision. A picture that is alone in its prompt is cut into tiles; of several each is one square. The grid of a picture's
 * feature is an {@link AnyresGrid}, its rows are the patches of tile 0, then of the other tiles. The grid of a video's is {@code frames, h, w} in patches,
 * its rows are the patches of the first frame, then of the others.
 */
public final class LlavaOnevisionProcessor implements MultimodalProcessor {
    private static final String ANYRES = "anyres_max_";
    private static final Map<String, Object> DEFAULTS = Map.of("resample", 3, "size", Map.of("height", 384, "width", 384),
            "image_mean", ProcessorParts.CLIP_MEAN, "image_std", ProcessorParts.CLIP_STD, "image_grid_pinpoints", pinpoints());

    private final int imageToken;
    private final int videoToken;
    private final String image;
    private final String video;
    private final LlavaTower tower;
    private final AnyresTiles tiles;
    private final AnyresTiles frames;
    private final int meanColor;
    private final int maxTiles;

    public LlavaOnevisionProcessor(ModelConfig config, Path folder) {
        var json = config.json();
        imageToken = json.intValue("image_token_id", json.intValue("image_token_index", 151646));
        videoToken = json.intValue("video_token_id", json.intValue("video_token_index", 151647));
        image = ProcessorParts.tokenText(folder, "image_token", ImageProcessorConfig.promptText(folder, "image_token").orElse("<image>"));
        video = ProcessorParts.tokenText(folder, "video_token", ImageProcessorConfig.promptText(folder, "video_token").orElse("<video>"));
        tower = LlavaTower.of(config, "full").forTiles(config);
        var processing = ImageProcessorConfig.ofImages(folder, DEFAULTS).require("LlavaOnevisionImageProcessor");
        tiles = new AnyresTiles(processing, tower);
        frames = new AnyresTiles(ImageProcessorConfig.ofVideos(folder, DEFAULTS), tower);
        meanColor = processing.meanColor();
        maxTiles = maxTiles(json);
    }

    private static List<List<Integer>> pinpoints() {
        return IntStream.range(0, 36).mapToObj(i -> List.of(384 * (1 + i / 6), 384 * (1 + i % 6))).toList();
    }

    private static int maxTiles(JsonObject json) {
        String key = "vision_aspect_ratio";
        String value = json.text(key, ANYRES + 9);
        if (!value.matches(ANYRES + "[1-9][0-9]{0,5}")) {
            throw json.wrong(key, ANYRES + " with a number of tiles");
        }
        return Integer.parseInt(value.substring(ANYRES.length()));
    }

    @Override
    public Optional<String> placeholder(Modality modality) {
        return Optional.of(modality == Modality.IMAGE ? image : video);
    }

    @Override
    public int tokenId(Modality modality) {
        return modality == Modality.IMAGE ? imageToken : videoToken;
    }

    /**
     * Makes tiles of a picture alone, one square of each of several, and one of each frame of a video.
     *
     * @throws MediaException for a picture so narrow that nothing of it would be left or that it would take too much memory on the way
     */
    @Override
    public List<MediaFeature> process(List<MediaInput> inputs) {
        boolean several = inputs.stream().filter(input -> input.modality() == Modality.IMAGE).count() > 1;
        return inputs.stream().map(input -> switch (input) {
            case MediaInput.Image(var picture) -> several ? square(picture) : tiled(picture);
            case MediaInput.Video(var pictures, var fps) -> video(pictures);
        }).toList();
    }

    private MediaFeature tiled(Picture picture) {
        var grid = tiles.grid(picture).atMost(maxTiles);
        return new MediaFeature(Modality.IMAGE, tiles.pixels(picture), tiles.columns(), grid.toArray(), grid.tokens());
    }

    private MediaFeature square(Picture picture) {
        var grid = AnyresGrid.single(tower.side(), tower.side());
        return new MediaFeature(Modality.IMAGE, tiles.patches(List.of(PictureOps.square(picture, meanColor))), tiles.columns(), grid.toArray(), grid.tokens());
    }

    private MediaFeature video(List<Picture> pictures) {
        int pooled = Math.ceilDiv(tower.side(), 2);
        int[] grid = {pictures.size(), tower.side(), tower.side()};
        return new MediaFeature(Modality.VIDEO, frames.patches(pictures), frames.columns(), grid, pictures.size() * pooled * pooled + 1);
    }

    @Override
    public String expansion(MediaFeature feature) {
        return (feature.modality() == Modality.IMAGE ? image : video).repeat(feature.tokens());
    }
}
