package io.gatun.runtime.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StopStringsTest {

    @Test
    void overlappingBeginningsAreNotLost() {
        assertThat(firstEnd("aaaab", "aab")).isEqualTo(5);
        assertThat(firstEnd("aabaaab", "aabaab", "aaab")).isEqualTo(7);
        assertThat(firstEnd("abababc", "ababc")).isEqualTo(7);
        assertThat(firstEnd("abcd", "abcd", "bc")).isEqualTo(3);
        assertThat(firstEnd("abab", "abb")).isEqualTo(-1);
    }

    @Test
    void theLongestOfThoseThatEndTogetherIsFound() {
        var strings = new StopStrings(List.of("b", "aab", "ab"));
        assertThat(strings.push('a')).isEmpty();
        assertThat(strings.push('a')).isEmpty();
        assertThat(strings.partial()).isEqualTo(2);
        assertThat(strings.push('b')).contains("aab");
        assertThat(strings.partial()).isZero();
    }

    @Test
    void everyMatchAndEveryPartialMatchIsThatOfASearchFromScratch() {
        var random = new Random(1);
        for (int round = 0; round < 2000; round++) {
            var stops = Stream.generate(() -> word(random, 1 + random.nextInt(6))).limit(1 + random.nextInt(4)).toList();
            var strings = new StopStrings(stops);
            var text = word(random, 40);
            for (int end = 1; end <= text.length(); end++) {
                var soFar = text.substring(0, end);
                assertThat(strings.push(text.charAt(end - 1))).as("%s in %s", stops, soFar)
                        .isEqualTo(stops.stream().filter(soFar::endsWith).max(Comparator.comparingInt(String::length)));
                assertThat(strings.partial()).as("%s in %s", stops, soFar).isEqualTo(partial(stops, soFar));
            }
        }
    }

    @Test
    void aLongTextThatAlmostMatchesIsReadOnce() {
        var strings = new StopStrings(Collections.nCopies(64, "a".repeat(1023) + "b"));
        for (int i = 0; i < 20_000; i++) {
            assertThat(strings.push('a')).isEmpty();
        }
        assertThat(strings.partial()).isEqualTo(1023);
        assertThat(strings.push('b')).isPresent();
    }

    /** How long the longest end of {@code text} is that a stop string begins with and is longer than. */
    static int partial(List<String> stops, String text) {
        return IntStream.rangeClosed(0, text.length()).filter(from -> {
            var end = text.substring(from);
            return stops.stream().anyMatch(stop -> stop.startsWith(end) && stop.length() > end.length());
        }).map(from -> text.length() - from).findFirst().orElse(0);
    }

    private static int firstEnd(String text, String... stops) {
        var strings = new StopStrings(List.of(stops));
        return IntStream.rangeClosed(1, text.length()).filter(end -> strings.push(text.charAt(end - 1)).isPresent()).findFirst().orElse(-1);
    }

    private static String word(Random random, int length) {
        var word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append(random.nextInt(3) == 0 ? 'b' : 'a');
        }
        return word.toString();
    }
}
