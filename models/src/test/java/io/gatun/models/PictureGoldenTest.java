package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.multimodal.MediaInput;
import io.gatun.runtime.multimodal.Modality;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.AnyresGrid;
import io.gatun.runtime.multimodal.image.PixelSize;
import io.gatun.runtime.multimodal.image.Resampling;
import io.gatun.runtime.multimodal.image.Resizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures and pixel values against PIL and Transformers: equal to the bit, which is more than the 2/255 that are asked for. */
class PictureGoldenTest {
    /** Transformers keeps no feature of their tiles in LLaVA-NeXT, only newlines at most. */
    private static final List<String> NOTHING_LEFT = List.of("png_narrow_1x150.png", "png_long_300x1.png");

    @Test
    void decodesAsPil() {
        assertThat(PictureGoldens.names()).hasSizeGreaterThanOrEqualTo(60);
        for (String name : PictureGoldens.names()) {
            var golden = PictureGoldens.of("decoded").get(name);
            var picture = PictureGoldens.picture(name);
            assertThat(PixelSize.of(picture)).as(name).isEqualTo(new PixelSize(golden.get("width").asInt(), golden.get("height").asInt()));
            requireEqual(name, golden, picture.rgb());
        }
    }

    @Test
    void resizesAsPil() throws IOException {
        var golden = PictureGoldens.of("resizes");
        byte[] rgb = new InflaterInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(golden.get("picture").asText()))).readAllBytes();
        var picture = new Picture(golden.get("width").asInt(), golden.get("height").asInt(), rgb);
        assertThat(golden.get("sizes")).hasSizeGreaterThan(40);
        for (var size : golden.get("sizes")) {
            var resampling = Resampling.ofCode(size.get(0).asInt()).orElseThrow();
            var resized = Resizer.resize(picture, new PixelSize(size.get(1).asInt(), size.get(2).asInt()), resampling);
            assertThat(PictureGoldens.crc(resized.rgb())).as("%s to %s", resampling, PixelSize.of(resized)).isEqualTo(size.get(3).asLong());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2_vl", "llava", "llava_padded", "llava_next", "llava_onevision", "gemma3"})
    void makesPixelValuesAsTransformers(String family, @TempDir Path folder) throws IOException {
        var processor = PictureGoldens.processor(family, PictureGoldens.raw(family, folder));
        var goldens = PictureGoldens.of("values").get(family);
        assertThat(goldens.size()).isGreaterThanOrEqualTo(60);
        for (var entry : goldens.properties()) {
            var input = List.<MediaInput>of(new MediaInput.Image(PictureGoldens.picture(entry.getKey())));
            if (family.equals("llava_next") && NOTHING_LEFT.contains(entry.getKey())) {
                assertThatThrownBy(() -> processor.process(input)).isInstanceOf(MediaException.class).hasMessageContaining("too narrow");
                continue;
            }
            requireEqual(family + " of " + entry.getKey(), entry.getValue(), processor.process(input).getFirst());
        }
    }

    @Test
    void makesOneSquareOfEachOfSeveralPictures(@TempDir Path folder) throws IOException {
        var processor = PictureGoldens.processor("llava_onevision", PictureGoldens.raw("llava_onevision", folder));
        for (var entry : PictureGoldens.of("values").get("llava_onevision_several").properties()) {
            var picture = new MediaInput.Image(PictureGoldens.picture(entry.getKey()));
            var features = processor.process(List.of(picture, picture));
            assertThat(features).hasSize(2);
            requireEqual(entry.getKey(), entry.getValue(), features.getFirst());
            assertThat(features.get(1).pixels()).isEqualTo(features.getFirst().pixels());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2_vl", "llava", "llava_padded", "llava_next", "llava_onevision", "gemma3"})
    void normalizesAsTransformers(String family) {
        var processor = PictureGoldens.processor(family, PictureGoldens.folder(family));
        float[] pixels = processor.process(List.of(new MediaInput.Image(PictureGoldens.picture("png_rgb_43x29.png")))).getFirst().pixels();
        var golden = PictureGoldens.of("normalized").get(family);
        for (int i = 0; i < golden.size(); i++) {
            assertThat(pixels[PictureGoldens.place(i, pixels.length)]).as("%s, number %s", family, i).isEqualTo((float) golden.get(i).asDouble());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2_vl", "llava_onevision"})
    void makesPixelValuesOfVideosAsTransformers(String family, @TempDir Path folder) throws IOException {
        var processor = PictureGoldens.processor(family, PictureGoldens.raw(family, folder));
        var golden = PictureGoldens.of("videos");
        var frames = golden.get("frames").valueStream().map(name -> PictureGoldens.picture(name.asText())).toList();
        var feature = processor.process(List.of(new MediaInput.Video(frames, 2))).getFirst();
        var expected = golden.get(family);
        assertThat(feature.modality()).isEqualTo(Modality.VIDEO);
        assertThat(Arrays.copyOf(feature.grid(), 3)).isEqualTo(PictureGoldens.ints(expected.get("grid")));
        assertThat(feature.pixels()).hasSize(expected.get("count").asInt());
        assertThat(PictureGoldens.difference(expected, PictureGoldens.bytes(feature.pixels()))).isLessThanOrEqualTo(1);
    }

    private static void requireEqual(String name, JsonNode golden, MediaFeature feature) {
        if (golden.has("grid")) {
            assertThat(feature.grid()).as(name).isEqualTo(PictureGoldens.ints(golden.get("grid")));
        } else {
            requireLayout(name, golden, AnyresGrid.of(feature.grid()));
        }
        assertThat(feature.tokens()).as(name).isEqualTo(golden.get("tokens").asInt());
        requireEqual(name, golden, PictureGoldens.bytes(feature.pixels()));
    }

    private static void requireEqual(String name, JsonNode golden, byte[] values) {
        assertThat(values.length).as(name).isEqualTo(golden.get("count").asInt());
        assertThat(PictureGoldens.difference(golden, values)).as("%s: largest difference in the sample", name).isZero();
        assertThat(PictureGoldens.crc(values)).as("%s: check sum of all", name).isEqualTo(golden.get("crc").asLong());
    }

    /** The order of features that the grid describes must be the one in which Transformers packs them. */
    private static void requireLayout(String name, JsonNode golden, AnyresGrid grid) {
        assertThat(grid.tiles()).as(name).isEqualTo(golden.get("tiles").asInt());
        if (golden.get("order").asLong() == 0) {
            assertThat(grid.outHigh()).as("%s is interpolated", name).isLessThan(grid.high());
            return;
        }
        var order = ByteBuffer.allocate(4 * grid.tokens()).order(ByteOrder.LITTLE_ENDIAN);
        int tile = grid.patchesHigh() * grid.patchesWide();
        for (int i = 0; i < tile; i++) {
            order.putInt(i);
        }
        for (int y = grid.top(); y < grid.top() + grid.high(); y++) {
            for (int x = grid.left(); x < grid.left() + grid.wide(); x++) {
                int of = 1 + y / grid.patchesHigh() * grid.tilesWide() + x / grid.patchesWide();
                order.putInt(of * tile + y % grid.patchesHigh() * grid.patchesWide() + x % grid.patchesWide());
            }
            order.putInt(-1);
        }
        if (grid.tilesHigh() == 0) {
            order.putInt(-1);
        }
        assertThat(PictureGoldens.crc(order.array())).as("%s: order of features", name).isEqualTo(golden.get("order").asLong());
    }
}
