package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.PixelSize;

final class WebpDecoder {
    static PixelSize size(byte[] bytes) {
        throw new MediaException("WebP");
    }

    static Picture decode(byte[] bytes) {
        throw new MediaException("WebP");
    }
}
