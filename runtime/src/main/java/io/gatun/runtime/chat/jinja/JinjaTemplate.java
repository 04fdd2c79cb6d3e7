package io.gatun.runtime.chat.jinja;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A Jinja template, as Hugging Face Transformers renders chat templates: with Jinja2's immutable sandbox, trim_blocks and lstrip_blocks, loop controls, and
 * {@code tojson} without escapes for HTML. What it is given is data, never read as a template. Immutable; any number of threads may render it.
 * <p>
 * Output and errors are Jinja2's, but for this: ints have 64 bits, beyond which they are an OverflowError; {@code safe} and {@code escape} give plain strings,
 * so that nothing escapes what is added to them; there is no inheritance and no importing, and of filters and methods only what chat templates have use for.
 * <p>
 * One rendering takes 20 million steps at most, which are iterations, operators, calls and filters. It prints at most 16 Mi characters, has no string or list
 * of more than 16 Mi characters or items, makes 1 Gi of them at most one after the other, has ranges of 100,000 numbers at most as Jinja2's sandbox does, and
 * macros and recursive loops of 200 levels at most. Beyond, it ends with a TimeoutError, OverflowError or RecursionError.
 */
public final class JinjaTemplate {
    private final List<Statement> statements;
    private final Environment environment;

    private JinjaTemplate(List<Statement> statements, Environment environment) {
        this.statements = statements;
        this.environment = environment;
    }

    /**
     * Reads a template.
     *
     * @param clock what {@code strftime_now} reads
     * @throws JinjaException with the line, if it is malformed or names a filter, test or tag that there is none of
     */
    public static JinjaTemplate compile(String source, Clock clock) {
        try {
            return new JinjaTemplate(Parser.parse(source), new Environment(Functions.all(clock)));
        } catch (StackOverflowError e) {
            throw new JinjaException("RecursionError", "the template is nested too deeply");
        }
    }

    /**
     * Renders the template.
     *
     * @param variables strings, numbers, booleans, nulls, lists and maps of such
     * @throws JinjaException if the template raises an exception, uses what is not defined, or takes too long or prints too much
     */
    public String render(Map<String, ?> variables) {
        var values = new HashMap<String, Object>();
        variables.forEach((name, value) -> values.put(name, PyType.of(value)));
        try {
            return Statement.capture(statements, Scope.of(environment, values));
        } catch (StackOverflowError e) {
            throw new JinjaException("RecursionError", "maximum recursion depth exceeded");
        } catch (ArithmeticException e) {
            throw new JinjaException("OverflowError", "an integer needs more than 64 bits");
        } catch (ClassCastException | IndexOutOfBoundsException e) {
            throw JinjaException.typeError("wrong arguments: " + e.getMessage());
        }
    }
}
