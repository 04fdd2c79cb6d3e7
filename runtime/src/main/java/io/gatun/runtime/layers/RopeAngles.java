package io.gatun.runtime.layers;

import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.RopeConfig;

/**
 * The angles of rotary position embedding. The arithmetic is fp32 step by step as in Hugging Face, since at large positions the last bit of a frequency
 * moves an angle visibly.
 */
final class RopeAngles {
    private final RopeConfig config;
    private final int dim;
    private final float[] inverseFrequencies;

    /**
     * The angles for heads of which {@code dim} elements are rotated.
     *
     * @param contextLength the longest sequence there will be
     */
    RopeAngles(RopeConfig config, int dim, int contextLength) {
        this.config = config;
        this.dim = dim;
        this.inverseFrequencies = switch (config) {
            case RopeConfig.Default plain -> frequencies(plain.theta(), dim);
            case RopeConfig.Linear linear -> divided(frequencies(linear.theta(), dim), (float) linear.factor());
            case RopeConfig.Dynamic dynamic -> frequencies(dynamic.theta(), dim);
            case RopeConfig.Llama3 llama3 -> llama3(llama3, frequencies(llama3.theta(), dim));
            case RopeConfig.Yarn yarn -> yarn(yarn, dim);
            case RopeConfig.LongRope longRope -> longRope(longRope, dim, contextLength);
        };
    }

    /** What cosine and sine are multiplied with. */
    float scaling() {
        return switch (config) {
            case RopeConfig.Yarn yarn -> (float) yarn.attentionFactor();
            case RopeConfig.LongRope longRope -> (float) longRope.attentionFactor();
            default -> 1;
        };
    }

    /** Radians per token for each pair of elements, at {@code position}. */
    float[] inverseFrequencies(int position) {
        if (config instanceof RopeConfig.Dynamic dynamic && position >= dynamic.maxPosition()) {
            return frequencies(dynamicTheta(dynamic, position + 1), dim);
        }
        return inverseFrequencies;
    }

    /** The base for a sequence that has just grown to {@code length}: each position keeps the base of the step in which it was decoded. */
    private double dynamicTheta(RopeConfig.Dynamic dynamic, int length) {
        double growth = dynamic.factor() * length / dynamic.maxPosition() - (dynamic.factor() - 1);
        return dynamic.theta() * Math.pow(growth, dim / (dim - 2.0));
    }

    private static float[] frequencies(double theta, int dim) {
        float[] out = wavelengths(theta, dim);
        for (int i = 0; i < out.length; i++) {
            out[i] = 1 / out[i];
        }
        return out;
    }

    /** Tokens per radian. */
    private static float[] wavelengths(double theta, int dim) {
        var out = new float[dim / 2];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) Math.pow(theta, 2f * i / dim);
        }
        return out;
    }

    private static float[] divided(float[] frequencies, float factor) {
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] /= factor;
        }
        return frequencies;
    }

    private static float[] llama3(RopeConfig.Llama3 config, float[] frequencies) {
        double longest = config.originalMaxPosition() / config.lowFreqFactor();
        double shortest = config.originalMaxPosition() / config.highFreqFactor();
        for (int i = 0; i < frequencies.length; i++) {
            float frequency = frequencies[i];
            double wavelength = 2 * Math.PI / frequency;
            if (wavelength > longest) {
                frequencies[i] = frequency / (float) config.factor();
            } else if (wavelength >= shortest) {
                float smooth = (float) ((config.originalMaxPosition() / wavelength - config.lowFreqFactor())
                        / (config.highFreqFactor() - config.lowFreqFactor()));
                frequencies[i] = (1 - smooth) * frequency / (float) config.factor() + smooth * frequency;
            }
        }
        return frequencies;
    }

    private static float[] longRope(RopeConfig.LongRope config, int dim, int contextLength) {
        var factors = contextLength > config.originalMaxPosition() ? config.longFactor() : config.shortFactor();
        float[] out = wavelengths(config.theta(), dim);
        if (factors.size() != out.length) {
            throw new ConfigException("rope_scaling has " + factors.size() + " factors of frequencies; for " + dim + " rotated elements there must be "
                    + out.length);
        }
        for (int i = 0; i < out.length; i++) {
            out[i] = 1 / ((float) (double) factors.get(i) * out[i]);
        }
        return out;
    }

    private static float[] yarn(RopeConfig.Yarn config, int dim) {
        double low = correctionDim(config, config.betaFast(), dim);
        double high = correctionDim(config, config.betaSlow(), dim);
        if (config.truncate()) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        low = Math.max(low, 0);
        high = Math.min(high, dim - 1);
        if (low == high) {
            high += 0.001;
        }
        float[] out = wavelengths(config.theta(), dim);
        for (int i = 0; i < out.length; i++) {
            float kept = 1 - Math.clamp((i - (float) low) / (float) (high - low), 0f, 1f);
            float interpolated = 1 / ((float) config.factor() * out[i]);
            out[i] = interpolated * (1 - kept) + 1 / out[i] * kept;
        }
        return out;
    }

    /** The element pair that turns {@code rotations} times over the original context. */
    private static double correctionDim(RopeConfig.Yarn config, double rotations, int dim) {
        return dim * Math.log(config.originalMaxPosition() / (rotations * 2 * Math.PI)) / (2 * Math.log(config.theta()));
    }
}
