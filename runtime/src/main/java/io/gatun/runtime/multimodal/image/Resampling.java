package io.gatun.runtime.multimodal.image;

import java.util.Arrays;
import java.util.Optional;

/** How the pixels of a resized picture are made, numbered as in PIL. */
public enum Resampling {
    NEAREST(0), LANCZOS(3), BILINEAR(1), BICUBIC(2), BOX(0.5), HAMMING(1);

    private static final double BICUBIC_SHARPNESS = -0.5;

    private final double support;

    Resampling(double support) {
        this.support = support;
    }

    /** The one that PIL numbers so. */
    public static Optional<Resampling> ofCode(int code) {
        return Arrays.stream(values()).filter(value -> value.ordinal() == code).findFirst();
    }

    /** How far from a pixel's centre others count, in pixels of the smaller picture. */
    double support() {
        return support;
    }

    /** How much a pixel counts at {@code distance}, in pixels of the smaller picture. */
    double weight(double distance) {
        double x = Math.abs(distance);
        return switch (this) {
            case NEAREST -> throw new IllegalStateException("the nearest pixel is taken without weights");
            case BOX -> distance > -0.5 && distance <= 0.5 ? 1 : 0;
            case BILINEAR -> x < 1 ? 1 - x : 0;
            case HAMMING -> hamming(x);
            case BICUBIC -> bicubic(x);
            case LANCZOS -> distance >= -3 && distance < 3 ? sinc(distance) * sinc(distance / 3) : 0;
        };
    }

    private static double hamming(double x) {
        if (x == 0) {
            return 1;
        }
        return x >= 1 ? 0 : Math.sin(x * Math.PI) / (x * Math.PI) * (0.54 + 0.46 * Math.cos(x * Math.PI));
    }

    private static double bicubic(double x) {
        double a = BICUBIC_SHARPNESS;
        if (x < 1) {
            return ((a + 2) * x - (a + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
    }
}
