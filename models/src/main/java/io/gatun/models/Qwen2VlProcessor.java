package io.gatun.models;

import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.multimodal.MediaInput;
import io.gatun.runtime.multimodal.MediaSpan;
import io.gatun.runtime.multimodal.Modality;
import io.gatun.runtime.multimodal.MropePositions;
import io.gatun.runtime.multimodal.MultimodalProcessor;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.ImageProcessorConfig;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Pictures and videos for Qwen2-VL and Qwen2.5-VL, at about their own resolution. The grid of a picture's feature is {@code t, h, w} in patches before
 * merging; that of a video's has a fourth number, the bits of a float: seconds that a patch lasts. Rows are patches in the order (t, h / merge, w / merge,
 * merge, merge), columns are (channel, time, row, column).
 */
public final class Qwen2VlProcessor implements MultimodalProcessor {
    private static final int FACTOR = 28 * 28;

    private final int imageToken;
    private final int videoToken;
    private final String image;
    private final String video;
    private final Qwen2VlPixels pictures;
    private final Qwen2VlPixels videos;
    private final Qwen2VlPositions positions;

    public Qwen2VlProcessor(ModelConfig config, Path folder) {
        var json = config.json();
        imageToken = json.intValue("image_token_id", 151_655);
        videoToken = json.intValue("video_token_id", 151_656);
        image = ProcessorParts.tokenText(folder, "image_token", "<|image_pad|>");
        video = ProcessorParts.tokenText(folder, "video_token", "<|video_pad|>");
        var processing = ImageProcessorConfig.ofImages(folder, Qwen2VlPixels.defaults(4 * FACTOR, 1280 * FACTOR));
        pictures = Qwen2VlPixels.of(processing.require("Qwen2VLImageProcessor"), config);
        videos = Qwen2VlPixels.of(ImageProcessorConfig.ofVideos(folder, Qwen2VlPixels.defaults(128 * FACTOR, 768 * FACTOR)), config);
        boolean inSeconds = json.text("model_type", "").startsWith("qwen2_5_vl");
        int tokensPerSecond = inSeconds ? json.object("vision_config").map(tower -> tower.positiveInt("tokens_per_second", 4)).orElse(4) : 0;
        positions = new Qwen2VlPositions(pictures.merge(), tokensPerSecond);
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
     * Makes patches of pictures and videos.
     *
     * @throws MediaException for a picture with a side more than 200 times the other, and a video whose frames differ in size or that has no speed
     */
    @Override
    public List<MediaFeature> process(List<MediaInput> inputs) {
        return inputs.stream().map(input -> switch (input) {
            case MediaInput.Image(var picture) -> feature(Modality.IMAGE, pictures, List.of(picture), new int[0]);
            case MediaInput.Video(var frames, var fps) -> feature(Modality.VIDEO, videos, frames, new int[]{secondsPerPatch(fps)});
        }).toList();
    }

    private int secondsPerPatch(double fps) {
        if (!(fps > 0) || Double.isInfinite(fps)) {
            throw new MediaException("a video of " + fps + " frames a second; it must be a number above 0");
        }
        return Float.floatToRawIntBits((float) (videos.time() / fps));
    }

    private static MediaFeature feature(Modality modality, Qwen2VlPixels how, List<Picture> frames, int[] more) {
        int[] grid = how.grid(frames);
        var whole = Arrays.copyOf(grid, grid.length + more.length);
        System.arraycopy(more, 0, whole, grid.length, more.length);
        int columns = 3 * how.time() * how.patch() * how.patch();
        return new MediaFeature(modality, how.patches(frames), columns, whole, grid[0] * grid[1] * grid[2] / (how.merge() * how.merge()));
    }

    @Override
    public String expansion(MediaFeature feature) {
        return (feature.modality() == Modality.IMAGE ? image : video).repeat(feature.tokens());
    }

    @Override
    public Optional<MropePositions> positions(int length, List<MediaSpan> spans) {
        return Optional.of(positions.of(length, spans));
    }
}
