package io.gatun.server.bench.serving;

import io.gatun.runtime.multimodal.image.PixelSize;
import io.gatun.server.bench.ImageSize;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;

/** Reads a size such as {@code 1280x720}, or SGLang's names of some. */
final class PictureSize implements ITypeConverter<PixelSize> {
    private static final Map<String, PixelSize> NAMED = Map.of("4k", new PixelSize(3840, 2160), "1080p", new PixelSize(1920, 1080),
            "720p", new PixelSize(1280, 720), "360p", new PixelSize(640, 360));

    @Override
    public PixelSize convert(String text) {
        return NAMED.containsKey(text) ? NAMED.get(text) : new ImageSize().convert(text);
    }
}
