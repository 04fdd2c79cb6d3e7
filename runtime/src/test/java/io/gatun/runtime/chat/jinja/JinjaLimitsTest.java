package io.gatun.runtime.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates that would take for ever or fill the memory end in an error that says why. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JinjaLimitsTest {

    @ParameterizedTest
    @CsvSource(delimiter = '#', value = {
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %} # TimeoutError # more than 20000000 steps",
        "{% for a in range(10 ** 9) %}{% endfor %} # OverflowError # Range too big",
        "{% for a in range(100000) %}{{ 'x' * 1000 }}{% endfor %} # OverflowError # prints more than 16777216 characters",
        "{% for a in range(100000) %}{% set x %}{{ 'x' * 1000 }}{% endset %}{% endfor %} # OverflowError # prints more than 16777216 characters",
        "{% for a in range(100) %}{% filter replace('a', 'x' * 999999) %}a{% endfilter %}{% endfor %} # OverflowError # prints more than",
        "{{ 'x' * 10 ** 9 }} # OverflowError # longer than the 16777216",
        "{{ [1] * 10 ** 12 }} # OverflowError # longer than the 16777216",
        "{{ ('x' * 10 ** 7) + ('x' * 10 ** 7) }} # OverflowError # longer than the 16777216",
        "{{ ('x' * 10 ** 7) ~ ('x' * 10 ** 7) }} # OverflowError # longer than the 16777216",
        "{{ ('a' * 10 ** 6)|replace('a', 'x' * 1000) }} # OverflowError # longer than the 16777216",
        "{{ (['x' * 10 ** 6] * 1000)|join }} # OverflowError # longer than the 16777216",
        "{{ ''.join(['x' * 10 ** 6] * 1000) }} # OverflowError # longer than the 16777216",
        "{{ ([['x' * 10 ** 6]] * 1000)|string }} # OverflowError # longer than the 16777216",
        "{{ (['x' * 10 ** 6] * 1000)|tojson }} # OverflowError # longer than the 16777216",
        "{{ 'a'.center(10 ** 9) }} # OverflowError # longer than the 16777216",
        "{{ ('\\n' * 10 ** 6 ~ 'a')|indent(10 ** 6, blank=true) }} # OverflowError # longer than the 16777216",
        "{{ ('\\t' * 1000).expandtabs(10 ** 6) }} # OverflowError # longer than the 16777216",
        "{{ [1]|slice(10 ** 9)|list }} # OverflowError # longer than the 16777216",
        "{{ '%999999999d' % 1 }} # ValueError # more than the 10000",
        "{{ '{:999999999}'.format(1) }} # ValueError # more than the 10000",
        "{{ '%.999999999f' % 1.5 }} # ValueError # more than the 10000",
        "{{ 7 ** 10 ** 9 }} # OverflowError # more than 64 bits",
        "{{ 9223372036854775807 + 1 }} # OverflowError # more than 64 bits",
        "{{ [9223372036854775807, 1]|sum }} # OverflowError # more than 64 bits",
        "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }} # RecursionError # maximum recursion depth",
        "{% macro m() %}{{ caller() }}{% endmacro %}{% macro n() %}{% call m() %}{{ n() }}{% endcall %}{% endmacro %}{{ n() }} # RecursionError # recursion depth",
        "{% for a in [[1]] recursive %}{{ loop([a]) }}{% endfor %} # RecursionError # maximum recursion depth"})
    void templatesEnd(String template, String type, String message) {
        assertFails(template, type, message);
    }

    @Test
    void aNestWithoutEndIsNotPrinted() {
        assertFails("{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}", "OverflowError", "longer than the 16777216");
        assertFails("{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}", "OverflowError", "longer than the 16777216");
    }

    @Test
    void manyLongStringsAreNotKept() {
        assertFails("{% set ns = namespace(x=[]) %}{% for i in range(1000) %}{% set ns.x = ns.x + ['x' * 10 ** 7] %}{% endfor %}", "OverflowError", "makes strings and lists of more than 1073741824");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[", "not ", "-", "{1:", "f(", "1 if 1 else "})
    void deepExpressionsAreRefused(String opening) {
        assertThatThrownBy(() -> JinjaTemplate.compile("{{ " + opening.repeat(200_000) + "1 }}", Clock.systemUTC())).isInstanceOf(JinjaException.class)
                .satisfies(e -> assertThat(((JinjaException) e).type()).isIn("TemplateSyntaxError", "RecursionError"));
    }

    @Test
    void deepBlocksAreRefused() {
        assertThatThrownBy(() -> JinjaTemplate.compile("{% if 1 %}".repeat(100_000) + "{% endif %}".repeat(100_000), Clock.systemUTC()))
                .isInstanceOf(JinjaException.class).hasMessageContaining("nested too deeply");
    }

    @Test
    void longIsNotDeep() {
        assertThat(render("{{ '" + "\"\\\\\\n é🙂".repeat(20_000) + "'|length }}")).isEqualTo("120000");
        assertThat(render("{{ x }}".repeat(50_000) + "{# " + "c ".repeat(200_000) + "#}{% raw %}" + "{{".repeat(50_000) + "{% endraw %}")).hasSize(100_000);
        assertThat(render("{{ '" + "1_".repeat(100_000) + "x'|int }}|{{ '" + "7".repeat(100_000) + ".5'|float }}|{{ ('a ' * 100000)|title|length }}")).isEqualTo("0|inf|200000");
    }

    private static void assertFails(String template, String type, String message) {
        assertThatThrownBy(() -> render(template)).as(template).isInstanceOf(JinjaException.class).hasMessageContaining(message)
                .satisfies(e -> assertThat(((JinjaException) e).type()).isEqualTo(type));
    }

    private static String render(String template) {
        return JinjaTemplate.compile(template, Clock.systemUTC()).render(Map.of());
    }
}
