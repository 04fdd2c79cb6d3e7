package io.gatun.runtime.sampling;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** The ranges of sampling parameters; what is outside is an {@link IllegalArgumentException} that names value and range. */
final class SamplingRanges {
    static final int MAX_N = 128;
    static final int MAX_STOP_STRINGS = 64;
    static final int MAX_STOP_STRING_LENGTH = 1024;
    static final int MAX_STOP_TOKEN_IDS = 1024;
    private static final float MAX_BIAS = 100;

    private SamplingRanges() {
    }

    static void atLeast(String name, int value, int least) {
        if (value < least) {
            throw wrong(name, value, "at least " + least);
        }
    }

    static void within(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw wrong(name, value, least + " to " + most);
        }
    }

    static void within(String name, double value, int least, int most) {
        if (!(value >= least && value <= most)) {
            throw wrong(name, value, least + " to " + most);
        }
    }

    static void aboveZero(String name, double value, int most) {
        if (!(value > 0 && value <= most)) {
            throw wrong(name, value, "above 0 and at most " + most);
        }
    }

    static void temperature(double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw wrong("temperature", value, "a finite number of at least 0, where 0 takes the likeliest token");
        }
    }

    static void topK(int value) {
        if (value != -1 && value < 1) {
            throw wrong("top k", value, "at least 1, or -1 for all tokens");
        }
    }

    static void logitBias(Map<Integer, Float> biases) {
        biases.forEach((id, bias) -> {
            tokenId("logit bias", id);
            if (!(Math.abs(bias) <= MAX_BIAS)) {
                throw wrong("logit bias of token " + id, bias, "-100 to 100");
            }
        });
    }

    static void stopStrings(List<String> stop) {
        if (stop.size() > MAX_STOP_STRINGS) {
            throw new IllegalArgumentException("stop has " + stop.size() + " strings; it must have at most " + MAX_STOP_STRINGS);
        }
        for (int i = 0; i < stop.size(); i++) {
            var text = stop.get(i);
            if (text.isEmpty()) {
                throw new IllegalArgumentException("stop string " + i + " is empty; it must have at least one character");
            }
            if (text.length() > MAX_STOP_STRING_LENGTH) {
                throw new IllegalArgumentException(
                        "stop string " + i + " has " + text.length() + " characters; it must have at most " + MAX_STOP_STRING_LENGTH);
            }
            if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
                throw new IllegalArgumentException("stop string " + i + " has a surrogate without its other half; it must be well-formed Unicode");
            }
        }
    }

    static void stopTokenIds(Set<Integer> ids) {
        if (ids.size() > MAX_STOP_TOKEN_IDS) {
            throw new IllegalArgumentException("stop token ids has " + ids.size() + " ids; it must have at most " + MAX_STOP_TOKEN_IDS);
        }
        ids.forEach(id -> tokenId("stop token ids", id));
    }

    private static void tokenId(String name, int id) {
        if (id < 0) {
            throw new IllegalArgumentException(name + " has the token id " + id + "; ids are at least 0");
        }
    }

    private static IllegalArgumentException wrong(String name, Object value, String mustBe) {
        return new IllegalArgumentException(name + " is " + value + "; it must be " + mustBe);
    }
}
