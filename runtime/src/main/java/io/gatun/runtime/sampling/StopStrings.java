package io.gatun.runtime.sampling;

import java.util.List;
import java.util.Optional;

/** Looks for strings in a text that comes character by character, never looking back (Knuth, Morris and Pratt's algorithm for each of them). */
final class StopStrings {
    private final List<String> strings;
    /** For each string and each of its prefixes: how long the longest shorter prefix is that it ends with. */
    private final int[][] borders;
    /** For each string: how much of its beginning the text ends with. */
    private final int[] matched;

    StopStrings(List<String> strings) {
        this.strings = strings;
        this.borders = strings.stream().map(StopStrings::borders).toArray(int[][]::new);
        this.matched = new int[strings.size()];
    }

    /** The longest of the strings that the text, {@code next} being its last character, ends with. */
    Optional<String> push(char next) {
        int longest = -1;
        for (int i = 0; i < matched.length; i++) {
            var string = strings.get(i);
            matched[i] = extend(string, borders[i], matched[i], next);
            if (matched[i] == string.length()) {
                longest = longest < 0 || string.length() > strings.get(longest).length() ? i : longest;
                matched[i] = borders[i][string.length() - 1];
            }
        }
        return longest < 0 ? Optional.empty() : Optional.of(strings.get(longest));
    }

    /** How many characters at the text's end may be the beginning of one of the strings. */
    int partial() {
        int most = 0;
        for (int length : matched) {
            most = Math.max(most, length);
        }
        return most;
    }

    private static int[] borders(String string) {
        int[] borders = new int[string.length()];
        for (int i = 1; i < borders.length; i++) {
            borders[i] = extend(string, borders, borders[i - 1], string.charAt(i));
        }
        return borders;
    }

    private static int extend(String string, int[] borders, int length, char next) {
        while (length > 0 && string.charAt(length) != next) {
            length = borders[length - 1];
        }
        return string.charAt(length) == next ? length + 1 : 0;
    }
}
