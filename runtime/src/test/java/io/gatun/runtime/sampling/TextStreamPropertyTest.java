package io.gatun.runtime.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random tokens and stop strings: what is streamed is what a search of the whole text at each token says. */
class TextStreamPropertyTest {
    private static final int ROUNDS = 1000;
    private static final int MAX_TOKENS = 40;
    private static final String[] PHRASES = {
        "aab", "aaab", "aaaaab", "ab ab ab", "12 + 30 = 42\n", "€uro", "你好世界", "👍🏽👨‍👩‍👧", "naïve", "\n\n", "Question:"};

    private Random random;
    private Tokenizer tokenizer;

    @ParameterizedTest
    @ValueSource(strings = {
        "../models/samples/llama/tokenizer.json", "src/test/resources/tokenizers/llama3.json", "src/test/resources/tokenizers/llama2.json"})
    void theTextIsThatOfASearchFromScratch(String file) {
        random = new Random(file.hashCode());
        tokenizer = Tokenizer.fromFile(Path.of(file));
        int stopped = 0;
        for (int round = 0; round < ROUNDS; round++) {
            int[] ids = ids();
            boolean skipSpecialTokens = random.nextBoolean();
            var params = SamplingParams.builder().stop(stops(tokenizer.decode(ids, skipSpecialTokens))).skipSpecialTokens(skipSpecialTokens)
                    .noStopTrim(random.nextInt(4) == 0).minNewTokens(random.nextInt(3) == 0 ? random.nextInt(10) : 0).build();
            stopped += check(ids, params) ? 1 : 0;
        }
        assertThat(stopped).isBetween(ROUNDS / 4, ROUNDS - ROUNDS / 20);
    }

    /** Whether a stop string was found. */
    private boolean check(int[] ids, SamplingParams params) {
        var stream = new TextStream(tokenizer, params, Set.of());
        var checker = new StopChecker(params, Set.of(), Optional.of(tokenizer));
        var decoder = tokenizer.streamingDecoder(params.skipSpecialTokens());
        var whole = new StringBuilder();
        var streamed = new StringBuilder();
        for (int i = 0; i <= ids.length; i++) {
            int before = whole.length();
            boolean last = i == ids.length;
            whole.append(last ? decoder.flush() : decoder.push(ids[i]));
            var reason = last ? Optional.of(checker.end(FinishReason.LENGTH)) : checker.push(ids[i]);
            var delta = last ? stream.finish() : stream.push(ids[i]);
            assertThat(wellFormed(delta)).as("no code point is split").isTrue();
            streamed.append(delta);
            int tokens = last ? i : i + 1;
            var end = tokens > params.minNewTokens() ? firstEnd(whole, before, params.stop()) : -1;
            if (end >= 0) {
                var stop = longestAt(whole.substring(0, end), params.stop());
                assertThat(streamed).as("%s in %s", params.stop(), whole).hasToString(whole.substring(0, end - (params.noStopTrim() ? 0 : stop.length())));
                assertThat(reason).contains(FinishReason.Stop.atText(stop));
                assertThat(stream.reason()).isEqualTo(reason);
                assertThat(stream.push(ids[0]) + stream.finish()).as("nothing comes after the end").isEmpty();
                return true;
            }
            int held = last || params.noStopTrim() ? 0 : StopStringsTest.partial(params.stop(), whole.toString());
            assertThat(streamed).as("%s in %s", params.stop(), whole).hasToString(whole.substring(0, whole.length() - held));
            assertThat(reason).isEqualTo(last ? Optional.of(FinishReason.LENGTH) : Optional.empty());
        }
        return false;
    }

    private int firstEnd(StringBuilder text, int after, List<String> stops) {
        return IntStream.rangeClosed(after + 1, text.length()).filter(end -> stops.stream().anyMatch(text.substring(0, end)::endsWith)).findFirst().orElse(-1);
    }

    private String longestAt(String text, List<String> stops) {
        return stops.stream().filter(text::endsWith).max(Comparator.comparingInt(String::length)).orElseThrow();
    }

    /** Tokens of text, of nothing, and halves of characters. */
    private int[] ids() {
        var ids = IntStream.builder();
        int count = 1 + random.nextInt(MAX_TOKENS);
        for (int i = 0; i < count; i++) {
            if (random.nextInt(3) == 0) {
                ids.add(random.nextInt(tokenizer.idBound()));
            } else {
                int[] phrase = tokenizer.encode(PHRASES[random.nextInt(PHRASES.length)], false);
                IntStream.of(phrase).limit(1 + random.nextInt(phrase.length)).forEach(ids::add);
            }
        }
        return ids.build().toArray();
    }

    /** Pieces of the text, of phrases that are in it, and the beginnings of pieces with another end. */
    private List<String> stops(String text) {
        var stops = new ArrayList<String>();
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            int[] from = (random.nextBoolean() && !text.isEmpty() ? text : PHRASES[random.nextInt(PHRASES.length)]).codePoints().toArray();
            int begin = random.nextInt(from.length);
            int length = 1 + random.nextInt(Math.min(8, from.length - begin));
            stops.add(new String(from, begin, length) + (random.nextInt(3) == 0 ? "b" : ""));
        }
        stops.removeIf(stop -> tokenizer.idOf(stop).stream().anyMatch(tokenizer::isSpecial));
        return stops;
    }

    private static boolean wellFormed(String text) {
        return text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
