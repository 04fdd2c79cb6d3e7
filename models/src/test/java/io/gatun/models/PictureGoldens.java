package io.gatun.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.multimodal.MultimodalFactory;
import io.gatun.runtime.multimodal.MultimodalProcessor;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.decode.PictureDecoder;
import io.gatun.runtime.multimodal.decode.PictureLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;

/** The pictures that scripts/goldens/make_pictures.py makes, and what Transformers makes of them. */
final class PictureGoldens {
    private static final Path HOME = home();
    private static final JsonNode ROOT = root();

    private PictureGoldens() {
    }

    private static Path home() {
        try {
            return Path.of(PictureGoldens.class.getResource("/pictures").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode root() {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(HOME.resolve("goldens.json.gz")))) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode of(String key) {
        return ROOT.get(key);
    }

    static List<String> names() {
        return ROOT.get("decoded").properties().stream().map(Map.Entry::getKey).toList();
    }

    static byte[] file(String name) {
        try {
            return Files.readAllBytes(HOME.resolve("files").resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Picture picture(String name) {
        return PictureDecoder.decode(file(name), PictureLimits.DEFAULT);
    }

    static Path folder(String family) {
        return HOME.resolve(family);
    }

    static ModelConfig config(String family) {
        return ModelConfig.of(MultimodalFactory.textConfig(JsonObject.read(folder(family).resolve("config.json")), Map.of()));
    }

    static MultimodalProcessor processor(String family, Path folder) {
        var config = config(family);
        return switch (family) {
            case "qwen2_vl" -> new Qwen2VlProcessor(config, folder);
            case "llava", "llava_padded" -> new LlavaProcessor(config, folder);
            case "llava_next" -> new LlavaNextProcessor(config, folder);
            case "llava_onevision" -> new LlavaOnevisionProcessor(config, folder);
            case "gemma3" -> new Gemma3Processor(config, folder);
            default -> throw new IllegalArgumentException(family);
        };
    }

    /** A folder with the family's file changed to leave pixel values between 0 and 255. */
    static Path raw(String family, Path temporary) throws IOException {
        var file = new ObjectMapper().readTree(folder(family).resolve("preprocessor_config.json").toFile());
        ((ObjectNode) file).put("do_rescale", false).put("do_normalize", false);
        Files.writeString(temporary.resolve("preprocessor_config.json"), file.toString());
        return temporary;
    }

    static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    }

    /** The largest difference from the sample of a golden; that everything is equal is what {@link #crc} tells. */
    static int difference(JsonNode golden, byte[] values) {
        byte[] sample = Base64.getDecoder().decode(golden.get("sample").asText());
        int most = 0;
        for (int i = 0; i < sample.length; i++) {
            most = Math.max(most, Math.abs((sample[i] & 0xff) - (values[place(i, values.length)] & 0xff)));
        }
        return most;
    }

    /** Where the i-th number of a sample is. */
    static int place(int i, int length) {
        return (int) (i * 2_654_435_761L % length);
    }

    static long crc(byte[] values) {
        var crc = new CRC32();
        crc.update(values);
        return crc.getValue();
    }

    static byte[] bytes(float[] values) {
        var out = new byte[values.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (byte) (int) values[i];
        }
        return out;
    }
}
