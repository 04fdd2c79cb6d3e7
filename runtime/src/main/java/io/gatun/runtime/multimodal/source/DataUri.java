package io.gatun.runtime.multimodal.source;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.decode.PictureFormat;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.Locale;

/** The picture that a {@code data:} URI holds. */
final class DataUri {
    private static final String BASE64 = ";base64";

    private DataUri() {
    }

    /**
     * Its bytes, of which the type must be the one that the URI names.
     *
     * @param most the most bytes
     */
    static byte[] bytes(String uri, int most) {
        int comma = uri.indexOf(',');
        if (comma < 0) {
            throw new MediaException("a data: URI without a comma; it must look like data:image/png;base64,…");
        }
        String head = uri.substring("data:".length(), comma).toLowerCase(Locale.ROOT);
        boolean base64 = head.endsWith(BASE64);
        String type = head.replaceFirst(";.*", "").strip();
        var named = PictureFormat.ofMimeType(type)
                .orElseThrow(() -> new MediaException("a data: URI of type '" + type
                        + "'; it must be image/jpeg, image/png, image/webp, image/gif or image/bmp"));
        if ((uri.length() - comma) * (base64 ? 0.75 : 1 / 3.0) - 3 > most) {
            throw new MediaException("a data: URI of " + (uri.length() - comma) + " characters, which are more than the " + most
                    + " bytes that a picture may have");
        }
        byte[] bytes = base64 ? base64(uri.substring(comma + 1)) : unescaped(uri, comma + 1);
        var format = PictureFormat.of(bytes);
        if (format != named) {
            throw new MediaException("a data: URI of type " + type + " holds a picture that is " + format + "; it must say " + format.mimeType());
        }
        return bytes;
    }

    private static byte[] base64(String text) {
        try {
            return Base64.getDecoder().decode(text.indexOf('\n') < 0 && text.indexOf(' ') < 0 ? text : text.replaceAll("\\s", ""));
        } catch (IllegalArgumentException e) {
            throw new MediaException("a data: URI whose data is not Base64: " + e.getMessage(), e);
        }
    }

    private static byte[] unescaped(String uri, int from) {
        var out = new ByteArrayOutputStream();
        for (int i = from; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c == '%') {
                if (i + 2 >= uri.length() || Character.digit(uri.charAt(i + 1), 16) < 0 || Character.digit(uri.charAt(i + 2), 16) < 0) {
                    throw new MediaException("a data: URI with a % that two hexadecimal digits do not follow, at character " + i);
                }
                out.write(Integer.parseInt(uri, i + 1, i + 3, 16));
                i += 2;
            } else {
                out.write(c);
            }
        }
        return out.toByteArray();
    }
}
