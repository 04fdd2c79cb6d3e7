package io.gatun.runtime.multimodal.source;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.decode.PictureLimits;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageLoaderTest {
    private static final PictureLimits LIMITS = new PictureLimits(20_000, 1_000_000, 20_000, Duration.ofSeconds(20));
    private static final BufferedImage IMAGE = image(13, 7);

    private final ImageLoader loader = ImageLoader.offline(LIMITS);

    private static BufferedImage image(int width, int height) {
        var random = new Random(5);
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, random.nextInt(1 << 24));
        }
        return image;
    }

    private static byte[] file(String format) throws IOException {
        var out = new ByteArrayOutputStream();
        ImageIO.write(IMAGE, format, out);
        return out.toByteArray();
    }

    private static void requireImage(Picture picture) {
        assertThat(picture.width()).isEqualTo(13);
        assertThat(picture.height()).isEqualTo(7);
        for (int i = 0; i < 13 * 7; i++) {
            int rgb = IMAGE.getRGB(i % 13, i / 13);
            assertThat(picture.rgb()[3 * i]).isEqualTo((byte) (rgb >> 16));
            assertThat(picture.rgb()[3 * i + 1]).isEqualTo((byte) (rgb >> 8));
            assertThat(picture.rgb()[3 * i + 2]).isEqualTo((byte) rgb);
        }
    }

    private void requireRefused(ImageSource source, String... words) {
        assertThatThrownBy(() -> loader.load(source)).isInstanceOf(MediaException.class).message().contains(words);
    }

    private void requireRefused(String address, String... words) {
        requireRefused(new ImageSource.Address(address), words);
    }

    @Test
    void bytesFilesAndDataUris(@TempDir Path folder) throws IOException {
        for (String format : new String[]{"png", "bmp"}) {
            byte[] bytes = file(format);
            var path = Files.write(folder.resolve("picture." + format), bytes);
            requireImage(loader.load(new ImageSource.Bytes(bytes)));
            requireImage(loader.load(new ImageSource.LocalFile(path)));
            requireImage(loader.load(new ImageSource.Address("data:image/" + format + ";base64," + Base64.getEncoder().encodeToString(bytes))));
            requireImage(loader.load(new ImageSource.Address("DATA:image/" + format + ";name=x;base64," + Base64.getMimeEncoder().encodeToString(bytes))));
            requireImage(loader.load(new ImageSource.Address("data:image/" + format + "," + URLEncoder.encode(new String(bytes, ISO_8859_1), ISO_8859_1)
                    .replace("+", "%20"))));
        }
        var picture = new Picture(1, 1, new byte[3]);
        assertThat(loader.load(new ImageSource.Decoded(picture))).isSameAs(picture);
    }

    @Test
    void dataUrisThatAreNone() throws IOException {
        String png = Base64.getEncoder().encodeToString(file("png"));
        requireRefused("data:image/jpeg;base64," + png, "type image/jpeg", "is PNG", "must say image/png");
        requireRefused("data:text/plain;base64," + png, "type 'text/plain'", "must be image/jpeg");
        requireRefused("data:;base64," + png, "type ''");
        requireRefused("data:image/png;base64", "without a comma");
        requireRefused("data:image/png;base64,@@@@", "not Base64");
        requireRefused("data:image/png,%8", "at character");
        requireRefused("data:image/png;base64,", "0 bytes");
        requireRefused("data:image/png;base64," + Base64.getEncoder().encodeToString("<html>".getBytes(UTF_8)), "no picture", "3c 68 74 6d 6c 3e");
        requireRefused("data:image/png;base64," + "A".repeat(30_000), "more than the 20000 bytes");
    }

    @Test
    void addressesThatAreNotAllowed(@TempDir Path folder) throws IOException {
        var path = Files.write(folder.resolve("picture.png"), file("png"));
        requireRefused(path.toUri().toString(), "names a file of this machine");
        requireRefused("FILE:///etc/passwd", "names a file");
        requireRefused(path.toString(), "no address of a picture");
        requireRefused("ftp://example.com/x.png", "must begin with data:, http:// or https://");
        requireRefused("jar:file:/x.jar!/y.png", "must begin with");
        requireRefused("", "must begin with");
        requireRefused("http://example.com/x.png", "not allowed here", "send a data: URI");
    }

    @Test
    void filesThatAreNone(@TempDir Path folder) throws IOException {
        requireRefused(new ImageSource.LocalFile(folder.resolve("missing.png")), "missing.png is no file");
        requireRefused(new ImageSource.LocalFile(folder), "is no file");
        requireRefused(new ImageSource.LocalFile(Files.write(folder.resolve("large.png"), new byte[20_001])), "20001 bytes", "at most 20000");
    }

    @Test
    void sizesAreRefusedBeforeDecoding() {
        requireRefused(new ImageSource.Bytes(pngOf(30_000, 30_000)), "30000 x 30000", "too large");
        requireRefused(new ImageSource.Bytes(pngOf(5_000, 5_000)), "5000 x 5000", "1000000 in all");
        requireRefused(new ImageSource.Bytes(pngOf(0, 5)), "0 x 5");
        requireRefused(new ImageSource.Bytes(pngOf(-5, 5)), "-5 x 5");
        requireRefused(new ImageSource.Bytes(pngOf(1, 10_000)), "no data");
        requireRefused(new ImageSource.Bytes(pngOf(Integer.MIN_VALUE, Integer.MIN_VALUE)), "at least 1");
        byte[] gif = "GIF89a\0\0\0\0\0\0\0,\0\0\0\0\0\0\0\0\0\2\2L\1\0;".getBytes(ISO_8859_1);
        requireRefused(new ImageSource.Bytes(gif), "0 x 0");
        requireRefused(new ImageSource.Bytes(new byte[20_001]), "20001 bytes", "at most 20000");
        requireRefused(new ImageSource.Bytes(new byte[0]), "0 bytes");
    }

    @Test
    void aHeaderThatLies() throws IOException {
        byte[] jpeg = file("jpg");
        int frame = new String(jpeg, ISO_8859_1).indexOf("\u00ff\u00c0");
        jpeg[frame + 5] = 1;
        requireRefused(new ImageSource.Bytes(jpeg), "truncated");
        byte[] bmp = file("bmp");
        bmp[18] = 100;
        requireRefused(new ImageSource.Bytes(bmp), "truncated");
    }

    /** The beginning of a PNG that says it has that size. */
    private static byte[] pngOf(int width, int height) {
        byte[] head = ByteBuffer.allocate(17).put("IHDR".getBytes(UTF_8)).putInt(width).putInt(height).put(new byte[]{8, 2, 0, 0, 0}).array();
        var crc = new CRC32();
        crc.update(head);
        byte[] end = {0, 0, 0, 0, 'I', 'E', 'N', 'D'};
        return ByteBuffer.allocate(8 + 4 + 17 + 4 + 12).put(new byte[]{(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10}).putInt(13).put(head)
                .putInt((int) crc.getValue())
                .put(end).putInt(0).array();
    }

    @Test
    void addressesOnANetwork() throws IOException {
        byte[] png = file("png");
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/ok", exchange -> answer(exchange, 200, png));
        server.createContext("/moved", exchange -> redirect(exchange, "/ok"));
        server.createContext("/elsewhere", exchange -> redirect(exchange, "http://other.invalid/x"));
        server.createContext("/file", exchange -> redirect(exchange, "file:///etc/passwd"));
        server.createContext("/round", exchange -> redirect(exchange, "/round"));
        server.createContext("/missing", exchange -> answer(exchange, 404, png));
        server.createContext("/large", exchange -> answer(exchange, 200, new byte[20_001]));
        server.createContext("/slow", exchange -> drip(exchange, png));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        String home = "http://localhost:" + server.getAddress().getPort();
        try (var online = ImageLoader.online(LIMITS, address -> address.getHost().equals("localhost"))) {
            requireImage(online.load(new ImageSource.Address(home + "/ok")));
            requireImage(online.load(new ImageSource.Address(home + "/moved")));
            requireRefused(online, home + "/elsewhere", "other.invalid are not allowed");
            requireRefused(online, home + "/file", "must begin with http:// or https://");
            requireRefused(online, home + "/round", "redirects more than 5 times");
            requireRefused(online, home + "/missing", "status 404");
            requireRefused(online, home + "/large", "more than 20000");
            requireRefused(online, "http://other.invalid/x.png", "not allowed");
            requireRefused(online, "http:///x.png", "a host");
            requireRefused(online, "http://bad host/", "no address");
            var hurried = new PictureLimits(20_000, 1_000_000, 20_000, Duration.ofMillis(300));
            try (var impatient = ImageLoader.online(hurried, address -> true)) {
                requireRefused(impatient, home + "/slow", "within 300 ms");
            }
        } finally {
            server.stop(0);
        }
    }

    private static void requireRefused(ImageLoader online, String address, String words) {
        assertThatThrownBy(() -> online.load(new ImageSource.Address(address))).as(address).isInstanceOf(MediaException.class).hasMessageContaining(words);
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length);
        try (var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private static void redirect(HttpExchange exchange, String to) throws IOException {
        exchange.getResponseHeaders().set("Location", to);
        exchange.sendResponseHeaders(302, -1);
        exchange.close();
    }

    /** Sends a byte now and then, so that no single read takes long. */
    private static void drip(HttpExchange exchange, byte[] body) throws IOException {
        exchange.sendResponseHeaders(200, body.length);
        try (var out = exchange.getResponseBody()) {
            for (byte b : body) {
                out.write(b);
                out.flush();
                Thread.sleep(50);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
