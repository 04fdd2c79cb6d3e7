package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RougeLTest {

    @ParameterizedTest
    @CsvSource({"gatun, gatun, 1", "'', '', 1", "gatun, '', 0", "'', gatun, 0", "abc, xyz, 0", "abcd, acbd, 0.75", "abc, abcabc, 0.666667", "lake, flakes, 0.8",
        "ab, ba, 0.5"})
    void isTwiceTheLongestCommonSubsequenceOverBothLengths(String expected, String actual, double f1) {
        assertThat(RougeL.f1(expected, actual)).isEqualTo(f1, within(1e-6));
        assertThat(RougeL.f1(actual, expected)).isEqualTo(f1, within(1e-6));
    }
}
