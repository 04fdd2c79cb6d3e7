package com.example.vision;

import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.multimodal.MediaInput;
import io.gatun.runtime.multimodal.Modality;
import io.gatun.runtime.multimodal.MultimodalProcessor;
import io.gatun.runtime.multimodal.image.Normalizer;
import io.gatun.runtime.multimodal.image.Patches;
import io.gatun.runtime.multimodal.image.PixelSize;
import io.gatun.runtime.multimodal.image.Resampling;
import io.gatun.runtime.multimodal.image.Resizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Cuts pictures into the patches of {@link PatchLlama}; a feature's grid is {@code h, w} in patches. */
final class PatchProcessor implements MultimodalProcessor {
    private static final int MOST_PATCHES = 64;
    private static final double[] HALVES = {0.5, 0.5, 0.5};
    private static final Normalizer NORMALIZER = new Normalizer(1 / 255.0, HALVES, HALVES);

    private final int patch;
    private final String token;
    private final int tokenId;

    PatchProcessor(ModelConfig config, Path folder) {
        patch = config.json().positiveInt("patch_size");
        token = config.json().text("image_token");
        tokenId = config.json().intValue("image_token_id");
    }

    @Override
    public Optional<String> placeholder(Modality modality) {
        return modality == Modality.IMAGE ? Optional.of(token) : Optional.empty();
    }

    @Override
    public int tokenId(Modality modality) {
        return tokenId;
    }

    @Override
    public List<MediaFeature> process(List<MediaInput> inputs) {
        return inputs.stream().map(this::feature).toList();
    }

    private MediaFeature feature(MediaInput input) {
        if (!(input instanceof MediaInput.Image(var picture))) {
            throw new MediaException("PatchLlama takes pictures, no videos");
        }
        long area = (long) patch * patch;
        var size = PixelSize.of(picture).smart(patch, area, MOST_PATCHES * area);
        var resized = Resizer.resize(picture, size, Resampling.BICUBIC);
        int[] grid = {size.height() / patch, size.width() / patch};
        int patches = grid[0] * grid[1];
        var pixels = new float[patches * Patches.plainColumns(patch)];
        Patches.plain(resized, patch, NORMALIZER, pixels, 0);
        return new MediaFeature(Modality.IMAGE, pixels, Patches.plainColumns(patch), grid, patches);
    }

    @Override
    public String expansion(MediaFeature feature) {
        return token.repeat(feature.tokens());
    }
}
