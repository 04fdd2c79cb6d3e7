package io.gatun.runtime.chat.jinja;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A Jinja template, as Hugging Face Transformers renders chat templates: with Jinja2's immutable sandbox, trim_blocks and lstrip_blocks, loop controls, and
 * {@code tojson} without escapes for HTML. What it is given is data, never read as a template. Immutable; any number of threads may render it.
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
        return new JinjaTemplate(Parser.parse(source), new Environment(Functions.all(clock)));
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
        } catch (ClassCastException | IndexOutOfBoundsException e) {
            throw JinjaException.typeError("wrong arguments: " + e.getMessage());
        }
    }
}
