package io.gatun.models;

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
import io.gatun.runtime.multimodal.image.PictureOps;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Pictures for LLaVA 1.5: one square, the middle of each. A feature's grid is {@code h, w} in patches, its rows are the patches row by row. */
public final class LlavaProcessor implements MultimodalProcessor {
    private static final Map<String, Object> DEFAULTS = Map.of("resample", 3, "size", Map.of("shortest_edge", 224), "crop_size", 224, "do_center_crop", true,
            "image_mean", ProcessorParts.CLIP_MEAN, "image_std", ProcessorParts.CLIP_STD);

    private final int tokenId;
    private final String token;
    private final LlavaTower tower;
    private final UnaryOperator<Picture> padding;
    private final PictureFit fit;
    private final Normalizer normalizer;

    public LlavaProcessor(ModelConfig config, Path folder) {
        var json = config.json();
        tokenId = json.intValue("image_token_id", json.intValue("image_token_index", 32000));
        token = ProcessorParts.tokenText(folder, "image_token", ImageProcessorConfig.promptText(folder, "image_token").orElse("<image>"));
        tower = LlavaTower.of(config, "default");
        var processing = ImageProcessorConfig.ofImages(folder, DEFAULTS).require("LlavaImageProcessor", "CLIPImageProcessor", "SiglipImageProcessor");
        boolean square = processing.isType("LlavaImageProcessor") && processing.json().booleanValue("do_pad", false);
        int color = processing.meanColor();
        padding = square ? picture -> PictureOps.square(picture, color) : UnaryOperator.identity();
        fit = processing.fit();
        normalizer = processing.normalizer();
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
     * Makes one square of each picture.
     *
     * @throws MediaException for a video, and for a picture so narrow that it would take too much memory on the way
     */
    @Override
    public List<MediaFeature> process(List<MediaInput> inputs) {
        return inputs.stream().map(ProcessorParts::picture).map(this::feature).toList();
    }

    private MediaFeature feature(Picture picture) {
        var square = tower.checked(fit.apply(padding.apply(picture)));
        int columns = Patches.plainColumns(tower.patch());
        var pixels = new float[tower.side() * tower.side() * columns];
        Patches.plain(square, tower.patch(), normalizer, pixels, 0);
        return new MediaFeature(Modality.IMAGE, pixels, columns, new int[]{tower.side(), tower.side()}, tower.features());
    }

    @Override
    public String expansion(MediaFeature feature) {
        return token.repeat(feature.tokens());
    }
}
