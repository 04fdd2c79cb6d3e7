package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.multimodal.MediaInput;
import io.gatun.runtime.multimodal.Modality;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What processors make of the files in a model's folder. */
class ProcessorConfigTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private Path folder;

    private void write(String family, Consumer<ObjectNode> change) throws IOException {
        var file = (ObjectNode) MAPPER.readTree(PictureGoldens.folder(family).resolve("preprocessor_config.json").toFile());
        change.accept(file);
        Files.writeString(folder.resolve("preprocessor_config.json"), file.toString());
    }

    private void requireRefused(String family, Consumer<ObjectNode> change, String... words) throws IOException {
        write(family, change);
        assertThatThrownBy(() -> PictureGoldens.processor(family, folder)).isInstanceOf(ConfigException.class).message().contains("preprocessor_config.json")
                .contains(words);
    }

    @Test
    void theNestedFormOfNewerCheckpoints() throws IOException {
        var nested = MAPPER.createObjectNode();
        nested.set("image_processor", MAPPER.readTree(PictureGoldens.folder("qwen2_vl").resolve("preprocessor_config.json").toFile()));
        Files.writeString(folder.resolve("processor_config.json"), nested.toString());
        // The nested form goes before the older file, which is wrong here; videos have but the older one.
        write("qwen2_vl", file -> file.put("max_pixels", 10_000));
        var processor = PictureGoldens.processor("qwen2_vl", folder);
        var picture = PictureGoldens.picture("jpeg_smooth_800x600.jpg");
        int[] expected = PictureGoldens.processor("qwen2_vl", PictureGoldens.folder("qwen2_vl")).process(List.of(new MediaInput.Image(picture))).getFirst()
                .grid();
        assertThat(processor.process(List.of(new MediaInput.Image(picture))).getFirst().grid()).isEqualTo(expected);
        int[] video = processor.process(List.of(new MediaInput.Video(List.of(picture, picture, picture), 2))).getFirst().grid();
        assertThat(video[0]).isEqualTo(2);
        assertThat(video[1] * video[2] * 14 * 14).isLessThanOrEqualTo(10_000);
        assertThat(Float.intBitsToFloat(video[3])).isEqualTo(1);
    }

    @Test
    void whatIsMissingOrNotDone() throws IOException {
        assertThatThrownBy(() -> PictureGoldens.processor("llava", folder)).isInstanceOf(ConfigException.class)
                .hasMessageContaining("neither preprocessor_config.json nor processor_config.json");
        requireRefused("gemma3", file -> file.put("do_pan_and_scan", true), "do_pan_and_scan is true");
        requireRefused("llava", file -> file.put("image_processor_type", "PixtralImageProcessor"), "PixtralImageProcessor", "CLIPImageProcessor");
        requireRefused("llava", file -> file.put("resample", 9), "resample is 9");
        requireRefused("llava", file -> file.putArray("image_mean").add(1), "image_mean", "3 numbers");
        requireRefused("llava_next", file -> file.putArray("image_grid_pinpoints").addArray().add(336).add(500), "image_grid_pinpoints", "multiples of 336");
        requireRefused("llava_next", file -> file.putArray("image_grid_pinpoints"), "at least one");
        requireRefused("qwen2_vl", file -> file.put("patch_size", 16), "patch_size is 16", "14");
        requireRefused("qwen2_vl", file -> file.put("min_pixels", 500_000), "from 500000 to 401408");
    }

    @Test
    void textsOfTokens() throws IOException {
        write("gemma3", file -> { });
        var processor = PictureGoldens.processor("gemma3", folder);
        var feature = processor.process(List.of(new MediaInput.Image(PictureGoldens.picture("png_rgb_43x29.png")))).getFirst();
        assertThat(processor.placeholder(Modality.IMAGE)).contains("<start_of_image>");
        assertThat(processor.placeholder(Modality.VIDEO)).isEmpty();
        assertThat(processor.expansion(feature)).isEqualTo("\n\n<start_of_image>" + "<image_soft_token>".repeat(256) + "<end_of_image>\n\n");
        Files.writeString(folder.resolve("tokenizer_config.json"),
                "{\"extra_special_tokens\": {\"image_token\": \"<pic>\"}, \"boi_token\": {\"content\": \"<b>\"}}");
        assertThat(PictureGoldens.processor("gemma3", folder).expansion(feature)).isEqualTo("\n\n<b>" + "<pic>".repeat(256) + "<end_of_image>\n\n");
    }
}
