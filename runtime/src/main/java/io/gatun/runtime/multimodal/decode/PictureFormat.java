package io.gatun.runtime.multimodal.decode;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.PixelSize;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** The formats of pictures that are decoded. A file's own first bytes tell them, never its name. */
public enum PictureFormat {
    JPEG("image/jpeg"), PNG("image/png"), WEBP("image/webp"), GIF("image/gif"), BMP("image/bmp");

    private final String mimeType;

    PictureFormat(String mimeType) {
        this.mimeType = mimeType;
    }

    public String mimeType() {
        return mimeType;
    }

    /** The format that a MIME type names, be it by a name that is not quite right. */
    public static Optional<PictureFormat> ofMimeType(String type) {
        String known = switch (type) {
            case "image/jpg", "image/pjpeg" -> JPEG.mimeType;
            case "image/x-png", "image/apng" -> PNG.mimeType;
            case "image/x-ms-bmp", "image/x-bmp" -> BMP.mimeType;
            default -> type;
        };
        return Arrays.stream(values()).filter(format -> format.mimeType.equals(known)).findFirst();
    }

    /**
     * The format of a file.
     *
     * @throws MediaException if it is none of these
     */
    public static PictureFormat of(byte[] bytes) {
        if (bytes.length == 0) {
            throw new MediaException("a picture of 0 bytes; it must be JPEG, PNG, WebP, GIF or BMP");
        }
        return Arrays.stream(values()).filter(format -> format.begins(bytes)).findFirst()
                .orElseThrow(() -> new MediaException("no picture: it begins with " + HexFormat.ofDelimiter(" ").formatHex(bytes, 0, Math.min(bytes.length, 8))
                        + "; it must be JPEG, PNG, WebP, GIF or BMP"));
    }

    private boolean begins(byte[] bytes) {
        return switch (this) {
            case JPEG -> ByteReader.matches(bytes, 0, "\u00ff\u00d8\u00ff");
            case PNG -> ByteReader.matches(bytes, 0, "\u0089PNG\r\n\u001a\n");
            case WEBP -> ByteReader.matches(bytes, 0, "RIFF") && ByteReader.matches(bytes, 8, "WEBP");
            case GIF -> ByteReader.matches(bytes, 0, "GIF87a") || ByteReader.matches(bytes, 0, "GIF89a");
            case BMP -> ByteReader.matches(bytes, 0, "BM");
        };
    }

    PixelSize size(byte[] bytes) {
        return switch (this) {
            case JPEG -> JpegDecoder.size(bytes);
            case PNG -> PngDecoder.size(bytes);
            case WEBP -> WebpDecoder.size(bytes);
            case GIF -> GifDecoder.size(bytes);
            case BMP -> BmpDecoder.size(bytes);
        };
    }

    Picture decode(byte[] bytes) {
        return switch (this) {
            case JPEG -> JpegDecoder.decode(bytes);
            case PNG -> PngDecoder.decode(bytes);
            case WEBP -> WebpDecoder.decode(bytes);
            case GIF -> GifDecoder.decode(bytes);
            case BMP -> BmpDecoder.decode(bytes);
        };
    }
}
