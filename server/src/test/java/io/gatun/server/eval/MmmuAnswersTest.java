package io.gatun.server.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What MMMU's own script answers to the same outputs. */
class MmmuAnswersTest {
    private static final List<String> OPTIONS = List.of("red circle", "blue", "Green star", "3.5");

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', value = {
        "A, A", "B., B", "(C), C", "'D', D", "C!, C", ".:A, A",
        "The answer is B, B",
        "\"(A) or (C), so (A)\", A",
        "A B, B",
        "\"(D), not A\", D",
        "it must be the green star in the picture, C",
        "first blue and then a red circle and more, A",
        "I would say that the value is 3.5 here, D"})
    void takesTheOptionThatIsNamedLast(String output, String letter) {
        assertThat(MmmuAnswers.choice(output, OPTIONS)).contains(letter);
    }

    @ParameterizedTest
    @CsvSource({"blue", "E", "a", "''", "BA", "A:red", "one two green star"})
    void findsNoOptionInShortWordsAndOtherLetters(String output) {
        assertThat(MmmuAnswers.choice(output, OPTIONS)).isEmpty();
    }

    @Test
    void takesOnlyOptionsThatThereAre() {
        assertThat(MmmuAnswers.choice("D or B", List.of("x", "y"))).contains("B");
        assertThat(MmmuAnswers.choice("D", List.of("x", "y"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', value = {
        "3.14159, 3.14", "\"1,234\", 1234", "The total is 1.2e3 m, 1200", "\"$2,000,000.\", 2000000", "x = 12, 12", "-0, 0", "2.675, 2.67", "\", 7\", 7",
        "The answer is Tampa, tampa", "Green., green", "it is in the top left corner, top left", "A, A",
        "so the answer is c, C"})
    void findsFreeAnswers(String output, String right) {
        assertThat(MmmuAnswers.isRight(output, List.of(right))).isTrue();
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', value = {"3.15, 3.14", "1234, 123", "12.5, 12", "gree, green", "\"\", 1", "apple, A", "-120, 120",
        "red is the colour, red"})
    void doesNotFindOthers(String output, String right) {
        assertThat(MmmuAnswers.isRight(output, List.of(right))).isFalse();
    }

    @Test
    void takesAnyOfSeveralRightAnswers() {
        assertThat(MmmuAnswers.isRight("about 3.43", List.of("24/7", "3.429"))).isTrue();
        assertThat(MmmuAnswers.isRight("24/7", List.of("24/7", "3.429"))).isTrue();
        assertThat(MmmuAnswers.isRight("3.4", List.of("24/7", "3.429"))).isFalse();
    }

    @Test
    void readsTheEndsOfLinesAndTheirNumbers() {
        assertThat(MmmuAnswers.readings("First, the sum is 1,250.\nThus the result is x = 5.126")).containsExactlyInAnyOrder(1250.0, 250.0, 5.13);
        assertThat(MmmuAnswers.readings("A cat")).containsExactly("a cat");
        assertThat(MmmuAnswers.readings("b")).containsExactlyInAnyOrder(" b", "b ");
        assertThat(MmmuAnswers.readings("1e999")).containsExactlyInAnyOrder(Double.POSITIVE_INFINITY, 999.0);
    }
}
