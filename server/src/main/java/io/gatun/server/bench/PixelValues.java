package io.gatun.server.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.multimodal.ExpandedPrompt;
import io.gatun.runtime.multimodal.MediaContent;
import io.gatun.runtime.multimodal.MediaFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a processor made of the pictures of some prompts, as a safetensors file with a tensor {@code prompt.P.image.I} f32 [rows, cols] for each. */
final class PixelValues {
    private PixelValues() {
    }

    static void write(Path file, List<ExpandedPrompt> prompts) throws IOException {
        var features = new LinkedHashMap<String, MediaFeature>();
        for (int p = 0; p < prompts.size(); p++) {
            var items = prompts.get(p).media().map(media -> media.items()).orElse(List.of());
            for (int i = 0; i < items.size(); i++) {
                if (items.get(i).content() instanceof MediaContent.Pixels pixels) {
                    features.put("prompt." + p + ".image." + i, pixels.feature());
                }
            }
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            byte[] header = header(features);
            channel.write(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).flip());
            channel.write(ByteBuffer.wrap(header));
            for (var feature : features.values()) {
                var bytes = ByteBuffer.allocate(feature.pixels().length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(feature.pixels());
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }
        }
    }

    private static byte[] header(Map<String, MediaFeature> features) throws IOException {
        var json = new ObjectMapper();
        var root = json.createObjectNode();
        long at = 0;
        for (var entry : features.entrySet()) {
            var feature = entry.getValue();
            long end = at + (long) feature.pixels().length * Float.BYTES;
            var tensor = root.putObject(entry.getKey()).put("dtype", "F32");
            tensor.putArray("shape").add(feature.rows()).add(feature.cols());
            tensor.putArray("data_offsets").add(at).add(end);
            at = end;
        }
        return json.writeValueAsString(root).getBytes(StandardCharsets.UTF_8);
    }
}
