package io.gatun.runtime.multimodal.image;

import io.gatun.runtime.multimodal.Picture;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Brings a picture to a tower's size.
 *
 * @param size the size to which a picture of another one is resized
 * @param crop how much of its middle is kept; all if empty
 */
public record PictureFit(UnaryOperator<PixelSize> size, Resampling resampling, Optional<PixelSize> crop) {

    public Picture apply(Picture picture) {
        var resized = Resizer.resize(picture, size.apply(PixelSize.of(picture)), resampling);
        return crop.map(box -> PictureOps.centerCrop(resized, box)).orElse(resized);
    }
}
