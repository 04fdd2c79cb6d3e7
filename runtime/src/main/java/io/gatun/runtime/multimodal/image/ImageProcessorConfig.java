package io.gatun.runtime.multimodal.image;

import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** What a model's folder says about the making of pixel values, under Transformers' names. */
public final class ImageProcessorConfig {
    private static final String IMAGE_FILE = "preprocessor_config.json";
    private static final String VIDEO_FILE = "video_preprocessor_config.json";
    private static final String COMMON_FILE = "processor_config.json";
    private static final String RESCALE_FACTOR = "rescale_factor";
    private static final int CHANNELS = 3;

    private final JsonObject json;

    private ImageProcessorConfig(JsonObject json) {
        this.json = json;
    }

    /**
     * Reads how pictures are processed: {@code image_processor} of processor_config.json, else preprocessor_config.json.
     *
     * @param defaults what the family's own class takes for fields that are not there
     * @throws ConfigException if there is neither
     */
    public static ImageProcessorConfig ofImages(Path folder, Map<String, Object> defaults) {
        return read(folder, "image_processor", List.of(IMAGE_FILE), defaults);
    }

    /** How videos are processed: {@code video_processor}, else video_preprocessor_config.json, else as pictures. */
    public static ImageProcessorConfig ofVideos(Path folder, Map<String, Object> defaults) {
        return read(folder, "video_processor", List.of(VIDEO_FILE, IMAGE_FILE), defaults);
    }

    /** A text of processor_config.json, which is about the prompt rather than pictures. */
    public static Optional<String> promptText(Path folder, String key) {
        return common(folder).filter(json -> json.isText(key)).map(json -> json.text(key));
    }

    private static ImageProcessorConfig read(Path folder, String key, List<String> files, Map<String, Object> defaults) {
        var nested = common(folder).flatMap(json -> json.object(key));
        var json = nested.or(() -> files.stream().map(folder::resolve).filter(Files::isRegularFile).findFirst().map(JsonObject::read))
                .orElseThrow(() -> new ConfigException(folder + " has neither " + files.getLast() + " nor " + COMMON_FILE + " with '" + key
                        + "', one of which must say how pictures are processed"));
        var missing = new HashMap<>(defaults);
        missing.keySet().removeIf(json::has);
        return new ImageProcessorConfig(json.with(missing));
    }

    private static Optional<JsonObject> common(Path folder) {
        var file = folder.resolve(COMMON_FILE);
        return Files.isRegularFile(file) ? Optional.of(JsonObject.read(file)) : Optional.empty();
    }

    /** The fields themselves. */
    public JsonObject json() {
        return json;
    }

    /**
     * Requires a processor of a kind that the caller does.
     *
     * @param types class names without what tells the backend, such as "CLIPImageProcessor"
     * @throws ConfigException if it is another
     */
    public ImageProcessorConfig require(String... types) {
        String key = "image_processor_type";
        if (json.has(key) && Arrays.stream(types).noneMatch(type -> isType(json.text(key), type))) {
            throw json.wrong(key, "one of " + String.join(", ", types));
        }
        return this;
    }

    /** Whether the file names that class, be it of another backend. */
    public boolean isType(String type) {
        return json.has("image_processor_type") && isType(json.text("image_processor_type"), type);
    }

    private static boolean isType(String name, String type) {
        return name.equals(type) || name.equals(type + "Fast") || name.equals(type + "Pil");
    }

    /** How pictures are resized. */
    public Resampling resampling() {
        return Resampling.ofCode(json.intValue("resample")).orElseThrow(() -> json.wrong("resample", "a number of PIL's, from 0 to 5"));
    }

    /** Rescaling and normalisation as one. */
    public Normalizer normalizer() {
        double scale = json.booleanValue("do_rescale", true) ? json.doubleValue(RESCALE_FACTOR, 1.0 / 255) : 1;
        boolean normalize = json.booleanValue("do_normalize", true);
        return new Normalizer(scale, normalize ? channels("image_mean") : new double[CHANNELS], normalize ? channels("image_std") : new double[]{1, 1, 1});
    }

    /** The mean colour of pictures, 0xRRGGBB, each channel rounded down. */
    public int meanColor() {
        double[] mean = channels("image_mean");
        return (int) (mean[0] * 255) << 16 | (int) (mean[1] * 255) << 8 | (int) (mean[2] * 255);
    }

    private double[] channels(String key) {
        double[] values = json.doubles(key).stream().mapToDouble(Double::doubleValue).toArray();
        if (values.length != CHANNELS) {
            throw json.wrong(key, "an array of 3 numbers, for red, green and blue");
        }
        return values;
    }

    /** Resizing and cropping as the file wants it: {@code do_resize} to {@code size}, then {@code do_center_crop} to {@code crop_size}. */
    public PictureFit fit() {
        UnaryOperator<PixelSize> size = json.booleanValue("do_resize", true) ? sizing() : UnaryOperator.identity();
        return new PictureFit(size, resampling(), json.booleanValue("do_center_crop", false) ? Optional.of(box("crop_size")) : Optional.empty());
    }

    /** What {@code size} makes of a picture's size: its shorter side given, or both. */
    private UnaryOperator<PixelSize> sizing() {
        var shortest = shortestEdge();
        if (shortest.isPresent()) {
            return size -> size.shortestEdge(shortest.get());
        }
        var box = box("size");
        return size -> box;
    }

    private Optional<Integer> shortestEdge() {
        if (!json.isObject("size")) {
            return Optional.of(json.positiveInt("size"));
        }
        var size = json.object("size").orElseThrow();
        if (size.has("longest_edge") || size.has("max_height") || size.has("max_width")) {
            throw json.wrong("size", "an object with height and width, or with shortest_edge alone");
        }
        return size.has("shortest_edge") ? Optional.of(size.positiveInt("shortest_edge")) : Optional.empty();
    }

    /** Both sides of {@code size}: those of a square if only the shorter one is given. */
    public PixelSize square() {
        return shortestEdge().map(edge -> new PixelSize(edge, edge)).orElseGet(() -> box("size"));
    }

    /** A height and a width: an object, or a number for a square. */
    public PixelSize box(String key) {
        if (!json.isObject(key)) {
            int side = json.positiveInt(key);
            return new PixelSize(side, side);
        }
        var box = json.object(key).orElseThrow();
        return new PixelSize(box.positiveInt("width"), box.positiveInt("height"));
    }

    /** Sizes of an array of [height, width]. */
    public List<PixelSize> sizes(String key) {
        var sizes = json.intPairs(key).stream().map(pair -> new PixelSize(pair.get(1), pair.get(0))).toList();
        if (sizes.isEmpty() || sizes.stream().anyMatch(size -> size.width() < 1 || size.height() < 1)) {
            throw json.wrong(key, "an array of [height, width], at least one, each at least 1");
        }
        return sizes;
    }
}
