package io.gatun.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.multimodal.Media;
import io.gatun.runtime.multimodal.MediaFeature;
import io.gatun.runtime.multimodal.MediaInput;
import io.gatun.runtime.multimodal.Modality;
import io.gatun.runtime.multimodal.source.ImageSource;
import io.gatun.runtime.multimodal.Picture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;

/**
 * A checkpoint of a model that sees, with what Hugging Face computes with it in fp32; made by scripts/goldens/make_vlm_goldens.py, which describes the files.
 *
 * @param source config.json and weights.json
 * @param bf16Error how far Hugging Face's own logits in bf16 lie from those in fp32, at most
 * @param checksums CRC32 of each tensor
 * @param towers pictures made by the formula
 */
record VlmGolden(String name, Path source, double bf16Error, Map<String, Long> checksums, List<Features> towers, List<Prompt> prompts) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * One picture or video and its embeddings.
     *
     * @param sums of each row of the embeddings
     * @param every which rows {@code sample} has
     * @param pixelEvery which numbers {@code pixelSample} has; 0 where the pixels are made by the formula
     * @param bf16Error the root of the mean square of what bf16 changes in {@code sample} in Hugging Face; 0 where it was not measured
     */
    record Features(Modality modality, int[] grid, int tokens, int rows, int cols, float[] sums, int every, float[][] sample, int pixelEvery,
            float[] pixelSample, double bf16Error) {

        /** The picture that the formula makes. */
        MediaFeature byFormula(String key) {
            return new MediaFeature(modality, FormulaWeights.floats(key, rows * cols), cols, grid, tokens);
        }

        /** How far some embeddings [tokens, H] are from those of the sample, at most. */
        double difference(float[] embeddings) {
            int hidden = sample[0].length;
            double max = 0;
            for (int row = 0; row < sample.length; row++) {
                for (int i = 0; i < hidden; i++) {
                    double difference = Math.abs(embeddings[row * every * hidden + i] - sample[row][i]);
                    max = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(max, difference);
                }
            }
            return max;
        }

        /** The root of the mean square of the difference of some embeddings [tokens, H] from the sample. */
        double meanSquareRoot(float[] embeddings) {
            int hidden = sample[0].length;
            double sum = 0;
            for (int row = 0; row < sample.length; row++) {
                for (int i = 0; i < hidden; i++) {
                    double difference = embeddings[row * every * hidden + i] - sample[row][i];
                    sum += difference * difference;
                }
            }
            return Math.sqrt(sum / (sample.length * hidden));
        }

        /** How far the sums of all rows are from these, at most. */
        double differenceOfSums(float[] embeddings) {
            int hidden = sample[0].length;
            double max = 0;
            for (int row = 0; row < tokens; row++) {
                double sum = 0;
                for (int i = 0; i < hidden; i++) {
                    sum += embeddings[row * hidden + i];
                }
                max = Double.isNaN(sum) ? Double.POSITIVE_INFINITY : Math.max(max, Math.abs(sum - sums[row]));
            }
            return max;
        }
    }

    /**
     * One prompt and its continuation.
     *
     * @param text with a placeholder for each of {@code media}
     * @param inputIds expanded
     * @param pictures what {@code media} are made into, in this order
     */
    record Prompt(String text, List<Source> media, int[] inputIds, List<Features> pictures, float[] lastLogits, int midPosition, float[] midLogits,
            int[] outputIds, float[] margins) {

        /** The pictures and videos, decoded. */
        List<MediaInput> inputs() {
            return media.stream().map(Source::input).toList();
        }

        /** What a request gives for the placeholders. */
        List<Media> requestMedia() {
            return media.stream().map(Source::request).toList();
        }
    }

    /**
     * A picture, or the frames of a video.
     *
     * @param fps frames a second; 0 for a picture
     */
    record Source(List<Path> files, double fps) {

        /** What a request gives. */
        Media request() {
            return fps == 0 ? Media.of(files.getFirst()) : new Media.Video(files.stream().<ImageSource>map(ImageSource.LocalFile::new).toList(), fps);
        }

        /** The picture or video, decoded. */
        MediaInput input() {
            var pictures = files.stream().map(Source::picture).toList();
            return fps == 0 ? new MediaInput.Image(pictures.getFirst()) : new MediaInput.Video(pictures, fps);
        }

        private static Picture picture(Path file) {
            try {
                var image = ImageIO.read(file.toFile());
                var rgb = new byte[3 * image.getWidth() * image.getHeight()];
                for (int i = 0; i < rgb.length; i++) {
                    int pixel = image.getRGB(i / 3 % image.getWidth(), i / 3 / image.getWidth());
                    rgb[i] = (byte) (pixel >> 16 - 8 * (i % 3));
                }
                return new Picture(image.getWidth(), image.getHeight(), rgb);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    static Stream<VlmGolden> all() {
        try (var folders = Files.list(resources())) {
            return folders.filter(folder -> Files.exists(folder.resolve("weights.json"))).sorted().map(VlmGolden::read).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static VlmGolden named(String name) {
        return read(resources().resolve(name));
    }

    /** The checkpoint. */
    Path folder() {
        return FormulaCheckpoints.of(source);
    }

    /** The seed of the formula's keys. */
    int seed() {
        return FormulaCheckpoints.weights(source).get("seed").intValue();
    }

    private static Path resources() {
        try {
            return Path.of(VlmGolden.class.getResource("/vlm").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static VlmGolden read(Path folder) {
        try (var packed = new GZIPInputStream(Files.newInputStream(folder.resolve("golden.json.gz")))) {
            var root = JSON.readTree(packed);
            var pictures = folder.resolveSibling("pictures");
            return new VlmGolden(folder.getFileName().toString(), folder, root.get("bf16_error").doubleValue(),
                    JSON.convertValue(root.get("checksums"), JSON.getTypeFactory().constructMapType(Map.class, String.class, Long.class)),
                    root.get("towers").valueStream().map(VlmGolden::features).toList(),
                    root.get("prompts").valueStream().map(prompt -> prompt(prompt, pictures)).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Features features(JsonNode node) {
        boolean real = node.has("pixel_every");
        return new Features(Modality.valueOf(node.get("modality").textValue().toUpperCase(Locale.ROOT)), convert(node, "grid", int[].class),
                node.get("tokens").intValue(), node.get("rows").intValue(), node.get("cols").intValue(), convert(node, "sums", float[].class),
                node.get("every").intValue(), convert(node, "sample", float[][].class), real ? node.get("pixel_every").intValue() : 0,
                real ? convert(node, "pixel_sample", float[].class) : new float[0], node.path("bf16_error").doubleValue());
    }

    private static Prompt prompt(JsonNode node, Path pictures) {
        return new Prompt(node.get("text").textValue(), node.get("media").valueStream().map(media -> source(media, pictures)).toList(),
                convert(node, "input_ids", int[].class), node.get("pictures").valueStream().map(VlmGolden::features).toList(),
                convert(node, "last_logits", float[].class), node.get("mid_position").intValue(), convert(node, "mid_logits", float[].class),
                convert(node, "output_ids", int[].class), convert(node, "margins", float[].class));
    }

    private static Source source(JsonNode node, Path pictures) {
        var names = node.has("video") ? node.get("video").valueStream().map(JsonNode::textValue).toList() : List.of(node.get("image").textValue());
        return new Source(names.stream().map(name -> pictures.resolve(name + ".png")).toList(), node.has("fps") ? node.get("fps").doubleValue() : 0);
    }

    private static <T> T convert(JsonNode node, String key, Class<T> type) {
        return JSON.convertValue(node.get(key), type);
    }

    @Override
    public String toString() {
        return name;
    }
}
