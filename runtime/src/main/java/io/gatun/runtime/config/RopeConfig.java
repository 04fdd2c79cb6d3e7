package io.gatun.runtime.config;

import java.util.List;
import java.util.Optional;

/** How rotary position embedding turns positions into angles; one case a {@code rope_type} of Hugging Face. */
public sealed interface RopeConfig {

    /** The base of the angles' geometric progression, {@code rope_theta}. */
    double theta();

    /** How many times longer than {@code max_position_embeddings} sequences may be. */
    default double contextFactor() {
        return 1;
    }

    /** Plain RoPE. */
    record Default(double theta) implements RopeConfig {
    }

    /** Positions divided by a factor. */
    record Linear(double theta, double factor) implements RopeConfig {
        @Override
        public double contextFactor() {
            return factor;
        }
    }

    /** NTK-aware base that grows with the position past {@code maxPosition}. */
    record Dynamic(double theta, double factor, int maxPosition) implements RopeConfig {
        @Override
        public double contextFactor() {
            return factor;
        }
    }

    /** Llama 3.1: low frequencies divided, high ones kept, a smooth passage between. */
    record Llama3(double theta, double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPosition) implements RopeConfig {
    }

    /** YaRN (Peng et al. 2023). */
    record Yarn(double theta, double factor, double betaFast, double betaSlow, int originalMaxPosition, double attentionFactor, boolean truncate)
            implements RopeConfig {
    }

    /**
     * LongRoPE (Ding et al. 2024): each frequency has a factor, one for short contexts and one for long ones. Which of them holds is decided once, by the
     * context length of the engine, for what is in the cache cannot be rotated anew.
     */
    record LongRope(double theta, List<Double> shortFactor, List<Double> longFactor, int originalMaxPosition, double attentionFactor) implements RopeConfig {
    }

    /**
     * Reads {@code rope_parameters} (Transformers 5) or {@code rope_theta} with {@code rope_scaling} (before).
     *
     * @throws ConfigException if the rope type is unknown or a field that it needs is missing
     */
    static RopeConfig of(JsonObject config, int maxPosition) {
        return of(config, config.object("rope_parameters").or(() -> config.object("rope_scaling")), maxPosition);
    }

    /** As {@link #of(JsonObject, int)}, with the parameters of one type of layers. */
    static RopeConfig of(JsonObject config, Optional<JsonObject> parameters, int maxPosition) {
        double theta = parameters.filter(p -> p.has("rope_theta")).or(() -> Optional.of(config).filter(c -> c.has("rope_theta")))
                .map(p -> p.positiveDouble("rope_theta")).orElse(10_000.0);
        if (parameters.isEmpty()) {
            return new Default(theta);
        }
        var p = parameters.get();
        String typeKey = p.has("rope_type") ? "rope_type" : "type";
        String type = p.text(typeKey, "default");
        return switch (type) {
            case "default" -> new Default(theta);
            case "linear" -> new Linear(theta, p.positiveDouble("factor"));
            case "dynamic" -> new Dynamic(theta, p.positiveDouble("factor"), maxPosition);
            case "llama3" -> new Llama3(theta, p.positiveDouble("factor"), p.positiveDouble("low_freq_factor"), p.positiveDouble("high_freq_factor"),
                    p.positiveInt("original_max_position_embeddings"));
            case "yarn" -> yarn(theta, p, p.positiveInt("original_max_position_embeddings", maxPosition), maxPosition);
            case "longrope", "su" -> longRope(theta, config, p, maxPosition);
            default -> throw p.wrong(typeKey, "one of default, linear, dynamic, llama3, yarn, longrope");
        };
    }

    private static LongRope longRope(double theta, JsonObject config, JsonObject p, int maxPosition) {
        int original = p.has("original_max_position_embeddings") ? p.positiveInt("original_max_position_embeddings")
                : config.positiveInt("original_max_position_embeddings", maxPosition);
        double factor = p.has("factor") ? p.positiveDouble("factor") : (double) maxPosition / original;
        double attention = p.has("attention_factor") ? p.doubleValue("attention_factor")
                : factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
        return new LongRope(theta, p.doubles("short_factor"), p.doubles("long_factor"), original, attention);
    }

    private static Yarn yarn(double theta, JsonObject p, int originalMaxPosition, int maxPosition) {
        double factor = p.has("factor") ? p.positiveDouble("factor") : (double) maxPosition / originalMaxPosition;
        double attention;
        if (p.has("attention_factor")) {
            attention = p.doubleValue("attention_factor");
        } else if (p.doubleValue("mscale", 0) != 0 && p.doubleValue("mscale_all_dim", 0) != 0) {
            attention = mscale(factor, p.doubleValue("mscale")) / mscale(factor, p.doubleValue("mscale_all_dim"));
        } else {
            attention = mscale(factor, 1);
        }
        return new Yarn(theta, factor, nonZero(p, "beta_fast", 32), nonZero(p, "beta_slow", 1), originalMaxPosition, attention,
                p.booleanValue("truncate", true));
    }

    private static double nonZero(JsonObject p, String key, double otherwise) {
        double value = p.doubleValue(key, otherwise);
        return value == 0 ? otherwise : value;
    }

    private static double mscale(double scale, double mscale) {
        return scale <= 1 ? 1 : 0.1 * mscale * Math.log(scale) + 1;
    }
}
