package io.gatun.runtime.multimodal.source;

import io.gatun.runtime.multimodal.Picture;
import java.nio.file.Path;

/** Where a picture comes from. */
public sealed interface ImageSource {

    /** A file's content, in any of the formats that are decoded. It must not change while it is in use. */
    record Bytes(byte[] content) implements ImageSource {
    }

    /** A file of this machine, named by the program itself and never by a request. */
    record LocalFile(Path path) implements ImageSource {
    }

    /** A {@code data:} URI, or the {@code http:} or {@code https:} address of a picture. */
    record Address(String uri) implements ImageSource {
    }

    /** A picture that is decoded already. */
    record Decoded(Picture picture) implements ImageSource {
    }
}
