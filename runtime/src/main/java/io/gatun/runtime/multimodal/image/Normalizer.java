package io.gatun.runtime.multimodal.image;

/**
 * From eight bits a channel to the numbers that a tower reads: {@code (value * scale - mean) / std}. Every channel has but 256 values, so that they are
 * computed once, with Transformers' precision at each step.
 */
public final class Normalizer {
    private static final int VALUES = 256;

    private final float[][] table;

    /**
     * For three channels.
     *
     * @param scale what values are multiplied with; 1 where they stay as they are
     * @param mean one a channel
     * @param std one a channel
     */
    public Normalizer(double scale, double[] mean, double[] std) {
        table = new float[mean.length][VALUES];
        for (int channel = 0; channel < mean.length; channel++) {
            for (int value = 0; value < VALUES; value++) {
                table[channel][value] = ((float) (value * scale) - (float) mean[channel]) / (float) std[channel];
            }
        }
    }

    /** The numbers for the values 0 to 255 of one channel. */
    public float[] channel(int channel) {
        return table[channel];
    }
}
