package io.gatun.runtime.multimodal;

/**
 * What a processor makes of one picture or video: the numbers that the model's tower reads.
 *
 * @param pixels rows of {@code cols} numbers, normalised, in the order of the tower
 * @param cols numbers in a row, such as those of a patch
 * @param grid sizes that the model needs besides, in an order of its own: {@code t, h, w} in patches for Qwen2-VL, say
 * @param tokens how many tokens of the prompt it takes
 */
public record MediaFeature(Modality modality, float[] pixels, int cols, int[] grid, int tokens) {
    public MediaFeature {
        if (cols < 1 || pixels.length == 0 || pixels.length % cols != 0 || tokens < 1) {
            throw new IllegalArgumentException("a picture of " + pixels.length + " numbers in rows of " + cols + " for " + tokens + " tokens");
        }
    }

    public int rows() {
        return pixels.length / cols;
    }
}
