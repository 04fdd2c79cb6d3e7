package io.gatun.server.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.server.Cli;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prompts with pictures, on the sample, whose tokenizer is made to begin a text with {@code <|endoftext|>}. */
class PicturePromptsTest {
    private static final Path MODEL = Path.of("..", "models", "samples", "qwen2vl");
    private static final Path PICTURES = Path.of("..", "models", "src", "test", "resources", "pictures", "files");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BEGIN = 0;
    private static final int MESSAGE = 1;
    private static final int IMAGE = 5;

    @TempDir
    private Path folder;
    private Path model;

    @BeforeEach
    void writeModel() throws IOException {
        model = Files.createDirectory(folder.resolve("model"));
        try (var files = Files.list(MODEL)) {
            for (var file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        var tokenizer = (ObjectNode) JSON.readTree(model.resolve("tokenizer.json").toFile());
        tokenizer.set("post_processor", JSON.readTree("""
                {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                 "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
                 "special_tokens": {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [0], "tokens": ["<|endoftext|>"]}}}"""));
        JSON.writeValue(model.resolve("tokenizer.json").toFile(), tokenizer);
    }

    @Test
    void everyPictureIsAskedAboutAsTheChatTemplateDoes() throws IOException {
        var jpeg = PICTURES.resolve("jpeg_420_101x57.jpg");
        var webp = PICTURES.resolve("webp_lossy_33x80.webp");
        var dump = folder.resolve("pixels.safetensors");
        var prompts = run("--image", jpeg, webp, "--dump-pixel-values", dump);
        assertThat(prompts).hasSize(2);
        assertThat(prompts.get(0).get("images").get(0).textValue()).isEqualTo(jpeg.toString());
        assertThat(prompts.get(0).get("image_grids").toString()).isEqualTo("[[1,10,16]]");
        assertThat(prompts.get(1).get("image_grids").toString()).isEqualTo("[[1,20,8]]");
        assertThat(prompts).allSatisfy(prompt -> {
            assertThat(prompt.get("text").textValue()).contains("<|vision_start|><|image_pad|><|vision_end|>Describe this image.<|im_end|>");
            assertThat(prompt.get("input_ids").get(0).intValue()).as("no begin before the template's own").isEqualTo(MESSAGE);
            assertThat(prompt.get("input_ids").valueStream().filter(id -> id.intValue() == IMAGE)).hasSize(40);
        });
        var bytes = ByteBuffer.wrap(Files.readAllBytes(dump)).order(ByteOrder.LITTLE_ENDIAN);
        var header = new byte[(int) bytes.getLong()];
        bytes.get(header);
        assertThat(JSON.readTree(header).toString()).isEqualTo("{\"prompt.0.image.0\":{\"dtype\":\"F32\",\"shape\":[160,384],\"data_offsets\":[0,245760]},"
                + "\"prompt.1.image.0\":{\"dtype\":\"F32\",\"shape\":[160,384],\"data_offsets\":[245760,491520]}}");
        assertThat(bytes.remaining()).isEqualTo(491520);
    }

    /** The second run has the ids in which places of pictures side by side are expanded. */
    @Test
    void aRunWithPicturesIsComparedWith() throws IOException {
        Files.copy(PICTURES.resolve("png_rgba_31x27.png"), folder.resolve("here.png"));
        var file = folder.resolve("prompts.json");
        JSON.writeValue(file.toFile(), List.of("no picture", new ObjectMapper().createObjectNode().put("text", "<|image_pad|><|image_pad|> or <|image_pad|>?")
                .set("images", JSON.valueToTree(List.of("here.png", PICTURES.resolve("gif_51x37.gif").toString(), PICTURES.resolve("bmp_8_27x19.bmp").toString())))));
        var prompts = run("--prompts-file", file);
        assertThat(prompts).allSatisfy(prompt -> assertThat(prompt.get("input_ids").get(0).intValue()).isEqualTo(BEGIN));
        assertThat(prompts.get(0).has("images")).isFalse();
        assertThat(prompts.get(1).get("images").get(0).textValue()).isEqualTo(folder.resolve("here.png").toAbsolutePath().toString());
        var result = Cli.run("compare", folder.resolve("run.json"), "--device", "cpu", "--model-path", model, "--max-delta", 0);
        assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
    }

    private List<JsonNode> run(Object... options) throws IOException {
        var all = new ArrayList<Object>(List.of("bench-one-batch", "--correct", "--device", "cpu", "--model-path", model, "--output-len", 3, "--json",
                folder.resolve("run.json")));
        all.addAll(List.of(options));
        var result = Cli.run(all.toArray());
        assertThat(result.exitCode()).as(result.err()).isZero();
        return JSON.readTree(folder.resolve("run.json").toFile()).get("prompts").valueStream().toList();
    }
}
