package io.gatun.kernels.cpu;

import io.gatun.kernels.Activation;
import io.gatun.memory.DType;

/** Activations of rows of floats, gated and not. */
record Gate(Lanes lanes) {
    private static final float LIMIT = 7;
    private static final float ALPHA = 1.702f;
    private static final float TWO_ROOT_2_OVER_PI = 1.5957691f;
    private static final double ROOT_HALF = Math.sqrt(0.5);
    /** {@code exp(x²) * erfc(x)} as a polynomial in {@code 1 / (1 + x / 2)}, a least-squares fit: off by less than 1e-7 of itself for all x ≥ 0 up to 12. */
    private static final double[] ERFC = {9.407543847150812e-06, 0.2818159188067915, 0.285669217338815, 0.22070752822775286, 0.2970595961844405,
        -0.2849386800703751, 0.7448816812409419, -1.0393008233705503, 0.6951211959715559, -0.2330326965538128, 0.032007653694038296};

    /**
     * {@code x[gateAt + i] = activation(x[gateAt + i]) * x[upAt + i]}, the activated gate rounded to {@code rounding}. Ups are overwritten too.
     *
     * @param spareAt where {@code n} floats may be written
     */
    void apply(Activation activation, DType rounding, float[] x, int gateAt, int upAt, int spareAt, int n) {
        if (activation == Activation.CLAMPED_SWIGLU) {
            for (int i = 0; i < n; i++) {
                x[gateAt + i] = Math.min(x[gateAt + i], LIMIT);
                x[spareAt + i] = x[gateAt + i];
                x[upAt + i] = 1 + Math.clamp(x[upAt + i], -LIMIT, LIMIT);
            }
            timesSigmoid(x, gateAt, spareAt, ALPHA, n);
        } else {
            apply(activation, x, gateAt, spareAt, n);
        }
        Rows.round(rounding, x, gateAt, n);
        for (int i = 0; i < n; i++) {
            x[gateAt + i] *= x[upAt + i];
        }
    }

    /**
     * {@code x[at + i] = activation(x[at + i])}.
     *
     * @param spareAt where {@code n} floats may be written
     */
    void apply(Activation activation, float[] x, int at, int spareAt, int n) {
        switch (activation) {
            case SILU, QUICK_GELU -> {
                System.arraycopy(x, at, x, spareAt, n);
                timesSigmoid(x, at, spareAt, activation == Activation.SILU ? 1 : ALPHA, n);
            }
            case GELU_TANH -> {
                for (int i = 0; i < n; i++) {
                    float g = x[at + i];
                    x[spareAt + i] = g + 0.044715f * g * g * g;
                }
                timesSigmoid(x, at, spareAt, TWO_ROOT_2_OVER_PI, n);
            }
            case GELU -> {
                for (int i = at; i < at + n; i++) {
                    x[i] = (float) (x[i] * normalDistribution(x[i]));
                }
            }
            case CLAMPED_SWIGLU -> throw new IllegalArgumentException("activate: " + activation + " needs gates; only gatedMul can do it");
        }
    }

    /** {@code x[at + i] *= sigmoid(scale * x[zAt + i])}. */
    private void timesSigmoid(float[] x, int at, int zAt, float scale, int n) {
        lanes.exp(x, zAt, n, -scale, 0);
        for (int i = 0; i < n; i++) {
            x[at + i] /= 1 + x[zAt + i];
        }
    }

    /** The probability that a normally distributed number is less than x. */
    private static double normalDistribution(double x) {
        double z = Math.abs(x) * ROOT_HALF;
        double t = 1 / (1 + z / 2);
        double erfc = 0;
        for (int i = ERFC.length - 1; i >= 0; i--) {
            erfc = erfc * t + ERFC[i];
        }
        double tail = 0.5 * erfc * Math.exp(-z * z);
        return x < 0 ? tail : 1 - tail;
    }
}
