package com.example.vision;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.multimodal.Media;
import io.gatun.runtime.multimodal.Modality;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.sampling.SamplingParams;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PatchLlamaTest {
    private static final Path SAMPLE = Path.of("../../models/samples/llama");
    /** A token of the sample that no prompt needs. */
    private static final String IMAGE = "<|end_of_text|>";
    private static final int HIDDEN = 160;
    private static final int PATCH = 8;
    private static final int COLUMNS = 3 * PATCH * PATCH;
    private static final int SIDE = 24;
    private static final SamplingParams PARAMS = SamplingParams.builder().temperature(0).maxNewTokens(16).ignoreEos(true).build();

    private final float[] weights = new float[HIDDEN * COLUMNS];

    @TempDir
    private Path folder;

    @Test
    void aPictureDoesWhatItsPatchesTimesTheWeightsDo() {
        try (var engine = Engine.load(EngineOptions.builder(folder).device(DeviceChoice.CPU).build())) {
            var one = answer(engine, Media.of(picture(1)));
            assertThat(one).isEqualTo(answer(engine, new Media.Embeddings(Modality.IMAGE, embeddings(picture(1)), List.of())));
            assertThat(one).isNotEqualTo(answer(engine, Media.of(picture(2))));
        }
    }

    private static int[] answer(Engine engine, Media media) {
        return engine.generate(GenerationRequest.of("I see " + IMAGE + " and", List.of(media), PARAMS)).getFirst().outputIds();
    }

    private static Picture picture(int seed) {
        var rgb = new byte[3 * SIDE * SIDE];
        new Random(seed).nextBytes(rgb);
        return new Picture(SIDE, SIDE, rgb);
    }

    private float[] embeddings(Picture picture) {
        int across = SIDE / PATCH;
        var values = new float[across * across * HIDDEN];
        for (int i = 0; i < values.length; i++) {
            int patch = i / HIDDEN;
            for (int column = 0; column < COLUMNS; column++) {
                int y = patch / across * PATCH + column / PATCH % PATCH;
                int x = patch % across * PATCH + column % PATCH;
                int channel = column / (PATCH * PATCH);
                float pixel = (picture.rgb()[3 * (y * SIDE + x) + channel] & 0xFF) / 127.5f - 1;
                values[i] += pixel * weights[i % HIDDEN * COLUMNS + column];
            }
        }
        return values;
    }

    /** The sample with another name, a word for pictures, and a second file of weights. */
    @BeforeEach
    void writeCheckpoint() throws IOException {
        for (String name : List.of("generation_config.json", "tokenizer_config.json", "tokenizer.json")) {
            Files.copy(SAMPLE.resolve(name), folder.resolve(name));
        }
        Files.copy(SAMPLE.resolve("model.safetensors"), folder.resolve("model-00001-of-00002.safetensors"));
        replace("config.json", "\"LlamaForCausalLM\"\n  ],",
                "\"PatchLlama\"\n  ],\n  \"image_token\": \"" + IMAGE + "\", \"image_token_id\": 1, \"patch_size\": " + PATCH + ",");
        var random = new Random(3);
        var bytes = ByteBuffer.allocate(2 * weights.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < weights.length; i++) {
            int bits = Float.floatToIntBits((float) random.nextGaussian() * 0.1f) >>> 16;
            weights[i] = Float.intBitsToFloat(bits << 16);
            bytes.putShort((short) bits);
        }
        writeSafetensors("{\"vision_embed_tokens.weight\":{\"dtype\":\"BF16\",\"shape\":[%d,%d],\"data_offsets\":[0,%d]}}"
                .formatted(HIDDEN, COLUMNS, bytes.capacity()), bytes.array());
        Files.writeString(folder.resolve("model.safetensors.index.json"), index());
    }

    private void writeSafetensors(String header, byte[] content) throws IOException {
        var file = ByteBuffer.allocate(Long.BYTES + header.length() + content.length).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(header.length()).put(header.getBytes()).put(content);
        Files.write(folder.resolve("model-00002-of-00002.safetensors"), file.array());
    }

    /** Which file has which tensor: those of the first are named in its header. */
    private String index() throws IOException {
        var file = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("model-00001-of-00002.safetensors"))).order(ByteOrder.LITTLE_ENDIAN);
        var header = new String(file.array(), Long.BYTES, (int) file.getLong());
        var map = new StringBuilder("{\"weight_map\":{\"vision_embed_tokens.weight\":\"model-00002-of-00002.safetensors\"");
        Pattern.compile("\"([^\"]+)\":\\{\"dtype\"").matcher(header).results()
                .forEach(tensor -> map.append(",\"").append(tensor.group(1)).append("\":\"model-00001-of-00002.safetensors\""));
        return map.append("}}").toString();
    }

    private void replace(String name, String text, String replacement) throws IOException {
        var content = Files.readString(SAMPLE.resolve(name));
        assertThat(content).contains(text);
        Files.writeString(folder.resolve(name), content.replace(text, replacement));
    }
}
