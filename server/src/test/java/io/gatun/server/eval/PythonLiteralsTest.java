package io.gatun.server.eval;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PythonLiteralsTest {
    @Test
    void readsListsAsPythonWritesThem() {
        assertThat(PythonLiterals.list("[]")).hasValueSatisfying(items -> assertThat(items).isEmpty());
        assertThat(PythonLiterals.list(" ['a', 'b c'] ")).hasValueSatisfying(items -> assertThat(items).containsExactly("a", "b c"));
        assertThat(PythonLiterals.list("[\"it's\", 'say \"x\"', 'it\\'s', 'a, b]',]"))
                .hasValueSatisfying(items -> assertThat(items).containsExactly("it's", "say \"x\"", "it's", "a, b]"));
        assertThat(PythonLiterals.list("['\\\\frac', '\\d', 'a\\nb', '\\xe9', '\\u03b1', '\\U0001F600', '\\xg']"))
                .hasValueSatisfying(items -> assertThat(items).containsExactly("\\frac", "\\d", "a\nb", "é", "α", "😀", "\\xg"));
        assertThat(PythonLiterals.list("[1, -2.5]")).hasValueSatisfying(items -> assertThat(items).containsExactly("1", "-2.5"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "red", "3.5", "['a'", "['a' 'b']", "['a]", "[a]", "['a'] x", "[,]", "['\\"})
    void refusesWhatIsNoList(String text) {
        assertThat(PythonLiterals.list(text)).isEmpty();
    }
}
