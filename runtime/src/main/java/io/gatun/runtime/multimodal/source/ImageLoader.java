package io.gatun.runtime.multimodal.source;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.decode.PictureDecoder;
import io.gatun.runtime.multimodal.decode.PictureLimits;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Gets and decodes pictures, within limits. Addresses on a network are refused unless the caller allows them, those of files always. Many threads may use it
 * at once.
 */
public final class ImageLoader implements AutoCloseable {
    private final PictureLimits limits;
    private final Optional<Downloader> downloader;

    private ImageLoader(PictureLimits limits, Optional<Downloader> downloader) {
        this.limits = limits;
        this.downloader = downloader;
    }

    /** A loader that reads nothing over a network. */
    public static ImageLoader offline(PictureLimits limits) {
        return new ImageLoader(limits, Optional.empty());
    }

    /**
     * A loader that also reads from addresses of http and https.
     *
     * @param allowed which ones; redirections are asked for too
     */
    public static ImageLoader online(PictureLimits limits, Predicate<URI> allowed) {
        return new ImageLoader(limits, Optional.of(new Downloader(limits, allowed)));
    }

    /**
     * The picture, upright and in three channels.
     *
     * @throws MediaException if it cannot be had, is too large, or is no picture
     */
    public Picture load(ImageSource source) {
        return switch (source) {
            case ImageSource.Decoded(var picture) -> picture;
            case ImageSource.Bytes(var content) -> PictureDecoder.decode(content, limits);
            case ImageSource.LocalFile file -> PictureDecoder.decode(content(file), limits);
            case ImageSource.Address(var uri) -> PictureDecoder.decode(content(uri), limits);
        };
    }

    private byte[] content(ImageSource.LocalFile file) {
        try {
            if (!Files.isRegularFile(file.path())) {
                throw new MediaException(file.path() + " is no file; it must be a picture");
            }
            if (Files.size(file.path()) > limits.bytes()) {
                throw new MediaException(file.path() + " has " + Files.size(file.path()) + " bytes; a picture may have at most " + limits.bytes());
            }
            return Files.readAllBytes(file.path());
        } catch (IOException e) {
            throw new MediaException(file.path() + " cannot be read: " + e.getMessage(), e);
        }
    }

    private byte[] content(String uri) {
        String scheme = uri.substring(0, Math.max(uri.indexOf(':'), 0)).toLowerCase(Locale.ROOT);
        return switch (scheme) {
            case "data" -> DataUri.bytes(uri, limits.bytes());
            case "http", "https" -> downloader.orElseThrow(() -> new MediaException("pictures from addresses on a network are not allowed here, as '"
                    + shown(uri)
                    + "'; send a data: URI")).bytes(parsed(uri));
            case "file" -> throw new MediaException("'" + shown(uri) + "' names a file of this machine, which an address must not; send a data: URI");
            default -> throw new MediaException("'" + shown(uri) + "' is no address of a picture; it must begin with data:, http:// or https://");
        };
    }

    private static URI parsed(String uri) {
        try {
            return URI.create(uri);
        } catch (IllegalArgumentException e) {
            throw new MediaException("'" + shown(uri) + "' is no address: " + e.getMessage(), e);
        }
    }

    /** The beginning, for messages. */
    private static String shown(String uri) {
        return uri.length() <= 100 ? uri : uri.substring(0, 100) + "…";
    }

    /** Ends what is being read over a network. */
    @Override
    public void close() {
        downloader.ifPresent(Downloader::close);
    }
}
