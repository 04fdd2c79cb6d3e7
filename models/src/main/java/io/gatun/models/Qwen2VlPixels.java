package io.gatun.models;

import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.image.ImageProcessorConfig;
import io.gatun.runtime.multimodal.image.Normalizer;
import io.gatun.runtime.multimodal.image.Patches;
import io.gatun.runtime.multimodal.image.PixelSize;
import io.gatun.runtime.multimodal.image.Resampling;
import io.gatun.runtime.multimodal.image.Resizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How Qwen2-VL makes patches of a picture or of a video's frames.
 *
 * @param patch sides of a patch in pixels
 * @param merge sides of a block of patches that become one token
 * @param time frames in a patch
 * @param minPixels the fewest pixels that a picture is resized to
 * @param videoPixels pixels that all frames of a video may have together; empty for no limit
 */
record Qwen2VlPixels(int patch, int merge, int time, boolean resize, long minPixels, long maxPixels, OptionalLong videoPixels, Resampling resampling,
        Normalizer normalizer) {
    private static final long MOST_NUMBERS = 1L << 30;
    private static final double SHARE_OF_CONTEXT = 0.9;

    /** What Transformers' classes assume, but for {@code size}. */
    static Map<String, Object> defaults(long minPixels, long maxPixels) {
        return Map.of("resample", 3, "patch_size", 14, "merge_size", 2, "temporal_patch_size", 2, "image_mean", ProcessorParts.CLIP_MEAN, "image_std",
                ProcessorParts.CLIP_STD, "size", Map.of("shortest_edge", minPixels, "longest_edge", maxPixels));
    }

    /** Reads a processor's file, which must agree with the tower of config.json. */
    static Qwen2VlPixels of(ImageProcessorConfig processing, ModelConfig config) {
        var json = processing.json();
        int patch = json.positiveInt("patch_size");
        int merge = json.positiveInt("merge_size");
        int time = json.positiveInt("temporal_patch_size");
        var tower = config.json().object("vision_config");
        requireSame(json, "patch_size", tower.map(t -> t.positiveInt("patch_size", 14)).orElse(14));
        requireSame(json, "merge_size", tower.map(t -> t.positiveInt("spatial_merge_size", 2)).orElse(2));
        requireSame(json, "temporal_patch_size", tower.map(t -> t.positiveInt("temporal_patch_size", 2)).orElse(2));
        var size = json.object("size").orElseThrow();
        long minPixels = json.has("min_pixels") ? json.positiveInt("min_pixels") : size.positiveInt("shortest_edge");
        long maxPixels = json.has("max_pixels") ? json.positiveInt("max_pixels") : size.positiveInt("longest_edge");
        if (minPixels > maxPixels) {
            throw new ConfigException(json.source() + ": pictures must have from " + minPixels + " to " + maxPixels + " pixels, which no picture has");
        }
        boolean capped = json.booleanValue("cap_pixels_per_frame", false);
        long budget = (long) ((long) json.positiveInt("max_video_tokens", 128_000) * patch * merge * patch * merge * SHARE_OF_CONTEXT);
        return new Qwen2VlPixels(patch, merge, time, json.booleanValue("do_resize", true), minPixels, maxPixels,
                capped ? OptionalLong.of(budget) : OptionalLong.empty(), processing.resampling(), processing.normalizer());
    }

    private static void requireSame(JsonObject json, String key, int tower) {
        if (json.positiveInt(key) != tower) {
            throw json.wrong(key, tower + ", as vision_config of config.json says");
        }
    }

    /**
     * The grid of frames of one size: {@code t, h, w} in patches.
     *
     * @throws MediaException if there are no frames, they differ in size or there is too much of them
     */
    int[] grid(List<Picture> frames) {
        var size = size(frames);
        int[] grid = {Math.ceilDiv(frames.size(), time), size.height() / patch, size.width() / patch};
        long numbers = (long) grid[0] * grid[1] * grid[2] * time * patch * patch * 3;
        if (numbers > MOST_NUMBERS) {
            throw new MediaException(frames.size() + " frames of " + size + " pixels make " + numbers + " numbers; there may be " + MOST_NUMBERS
                    + ": take fewer frames or smaller ones");
        }
        return grid;
    }

    /** The patches of those frames, of which the last is repeated to fill the last patch. */
    float[] patches(List<Picture> frames) {
        var size = size(frames);
        var resized = new ArrayList<>(frames.stream().map(frame -> Resizer.resize(frame, size, resampling)).toList());
        while (frames.size() > 1 && resized.size() % time != 0) {
            resized.add(resized.getLast());
        }
        return Patches.merged(resized, patch, merge, time, normalizer);
    }

    private PixelSize size(List<Picture> frames) {
        if (frames.isEmpty()) {
            throw new MediaException("a video without frames; there must be at least one");
        }
        var size = PixelSize.of(frames.getFirst());
        frames.stream().map(PixelSize::of).filter(other -> !other.equals(size)).findFirst().ifPresent(other -> {
            throw new MediaException("a video with frames of " + size + " and of " + other + " pixels; all must have one size");
        });
        int block = patch * merge;
        if (!resize) {
            if (size.width() % block != 0 || size.height() % block != 0) {
                throw new MediaException("a picture of " + size + " pixels; where do_resize is false both sides must be multiples of " + block);
            }
            return size;
        }
        long most = videoPixels.isEmpty() ? maxPixels
                : Math.max(Math.min(maxPixels, videoPixels.getAsLong() * time / frames.size()), (long) (minPixels * 1.05));
        return size.smart(block, minPixels, most);
    }
}
