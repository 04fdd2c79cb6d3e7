package io.gatun.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CudaExpressionTest {
    @ParameterizedTest
    @ValueSource(strings = {"x", "x > 0.f ? sqrtf(x) : x", "fmaxf(x, (x + 1.f) * 2.f)", "id % 2 ? -INFINITY : x", "x < 1e-3f && !(x >= 0.f) ? 0 : x", " x "})
    void oneExpressionIsTaken(String cuda) {
        assertThat(ElementwiseOp.of("fine", cuda, x -> x).cuda()).isEqualTo(cuda);
        assertThat(LogitsExpression.of("fine", cuda, (x, id, step) -> x).cuda()).isEqualTo(cuda);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "x; int y = 0 | must not contain ';'",
        "x); } KERNEL evil() { (x | its ')' closes nothing",
        "x) + (x | its ')' closes nothing",
        "sqrtf(x | its '(' is not closed",
        "sqrtf(x]) | its ']' closes nothing",
        "[] { return x | must not contain '{'",
        "x } | must not contain '}'",
        "x // all | must not contain comments",
        "x /* all | must not contain comments",
        "#include <x> | must not contain '#'",
        "x \\ | must not contain '\\'",
        "asm(\"trap\") | must not contain '\"'",
        "'x' | must not contain '''",
        "x @ y | must not contain '@'",
        "$x | must not contain '$'",
        "`x` | must not contain '`'"})
    void moreOrLessIsRefusedWithTheReason(String cuda, String reason) {
        assertThatThrownBy(() -> ElementwiseOp.of("mine", cuda, x -> x)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the CUDA expression 'mine' is \"" + cuda + "\"; " + (reason.startsWith("its") ? "" : "it ") + reason);
        assertThatThrownBy(() -> LogitsExpression.of("mine", cuda, (x, id, step) -> x)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x\n#define T", "x\r", "x\0y", "x\u0085", "\tx", "x\u001b[2J"})
    void controlCharactersAreRefused(String cuda) {
        assertThatThrownBy(() -> ElementwiseOp.of("mine", cuda, x -> x)).hasMessageContaining("must not contain line breaks or other control characters");
    }

    @Test
    void emptyAndEndlessTextIsRefusedWithoutRepeatingIt() {
        assertThatThrownBy(() -> ElementwiseOp.of("mine", " ", x -> x)).hasMessageContaining("must have 1 to 4096 characters");
        assertThatThrownBy(() -> ElementwiseOp.of("mine", "x + ".repeat(100_000) + "x", x -> x)).hasMessageContaining("of 400001 characters")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    }
}
