package io.gatun.server.bench.serving;

import io.gatun.server.UsageException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The service that a request must get to count as good.
 *
 * @param limits milliseconds by measure, which are {@code ttft}, {@code tpot} and {@code e2e}; empty for no such limits
 */
record Goodput(Map<String, Double> limits) {
    private static final List<String> MEASURES = List.of("ttft", "tpot", "e2e");

    /** Reads {@code ttft:200 tpot:50}. */
    static Goodput of(List<String> words) {
        var limits = new LinkedHashMap<String, Double>();
        for (String word : words) {
            int colon = word.indexOf(':');
            String measure = colon < 0 ? word : word.substring(0, colon);
            if (!MEASURES.contains(measure)) {
                throw new UsageException("--goodput has '" + word + "'; it must be ttft, tpot or e2e, a colon and milliseconds, such as ttft:200");
            }
            limits.put(measure, milliseconds(word, colon));
        }
        return new Goodput(limits);
    }

    private static double milliseconds(String word, int colon) {
        try {
            double value = Double.parseDouble(word.substring(colon + 1));
            if (colon > 0 && value > 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new UsageException("--goodput has '" + word + "'; after the colon there must be milliseconds, such as ttft:200");
        }
        throw new UsageException("--goodput has '" + word + "'; it must name milliseconds above 0, such as ttft:200");
    }

    boolean isAsked() {
        return !limits.isEmpty();
    }

    /** Whether a successful request was served well enough; one token has no time per further token, and so no limit on it. */
    boolean isGood(Measured measured) {
        return limits.entrySet().stream().allMatch(limit -> switch (limit.getKey()) {
            case "ttft" -> measured.ttft().isPresent() && measured.ttft().getAsDouble() * 1000 <= limit.getValue();
            case "tpot" -> measured.tpot().orElse(0) * 1000 <= limit.getValue();
            default -> measured.latency() * 1000 <= limit.getValue();
        });
    }
}
