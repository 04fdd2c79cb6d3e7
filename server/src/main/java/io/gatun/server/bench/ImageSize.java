package io.gatun.server.bench;

import io.gatun.runtime.multimodal.image.PixelSize;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a size such as {@code 1036x1036}. */
public final class ImageSize implements ITypeConverter<PixelSize> {
    private static final Pattern FORM = Pattern.compile("([1-9]\\d{0,3})x([1-9]\\d{0,3})");

    @Override
    public PixelSize convert(String text) {
        var size = FORM.matcher(text);
        if (!size.matches()) {
            throw new TypeConversionException("'" + text + "' is no width and height in pixels, such as 1036x1036");
        }
        return new PixelSize(Integer.parseInt(size.group(1)), Integer.parseInt(size.group(2)));
    }
}
