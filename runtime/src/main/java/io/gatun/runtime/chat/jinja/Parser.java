package io.gatun.runtime.chat.jinja;

import io.gatun.runtime.chat.jinja.Statement.Target;
import io.gatun.runtime.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads a template's statements. */
final class Parser {
    private static final Set<String> SPECIALS = Set.of("varargs", "kwargs", "caller");

    private final TokenStream tokens;
    private final ExpressionParser expressions;
    private int loops;

    private Parser(String source) {
        tokens = new TokenStream(Lexer.tokenize(source));
        expressions = new ExpressionParser(tokens);
    }

    /** The statements of a whole template. */
    static List<Statement> parse(String source) {
        return new Parser(source).body(Set.of());
    }

    /** Statements up to one of the tags {@code ends}, whose name is not taken yet, or to the end of the template if there are none. */
    private List<Statement> body(Set<String> ends) {
        var statements = new ArrayList<Statement>();
        while (true) {
            int line = tokens.line();
            switch (tokens.current().kind()) {
                case DATA -> statements.add(new Statement.Data(tokens.take().text()));
                case VARIABLE_BEGIN -> {
                    tokens.take();
                    statements.add(new Statement.Print(expressions.parseTuple(true), line));
                    tokens.expect(Kind.VARIABLE_END);
                }
                case BLOCK_BEGIN -> {
                    if (ends.contains(tokens.next().text())) {
                        tokens.take();
                        return statements;
                    }
                    tokens.take();
                    statements.add(statement());
                }
                default -> {
                    if (!ends.isEmpty()) {
                        throw JinjaException.syntax(line, "Unexpected end of template. Jinja was looking for the following tags: "
                                + String.join(" or ", ends.stream().sorted().map(end -> "'" + end + "'").toList()) + ".");
                    }
                    return statements;
                }
            }
        }
    }

    /** As {@link #body}, with the end's tag taken whole. */
    private List<Statement> bodyTo(String end) {
        endTag();
        var statements = body(Set.of(end));
        tokens.expectName(end);
        endTag();
        return statements;
    }

    private void endTag() {
        tokens.expect(Kind.BLOCK_END);
    }

    private Statement statement() {
        int line = tokens.line();
        var tag = tokens.expect(Kind.NAME).text();
        return switch (tag) {
            case "if" -> parseIf(line);
            case "for" -> parseFor(line);
            case "set" -> parseSet(line);
            case "macro" -> parseMacro();
            case "call" -> parseCall(line);
            case "filter" -> {
                var filtered = expressions.parseFilters(new Expression.Name(Statement.SetBlock.BODY), true);
                yield new Statement.FilterBlock(bodyTo("endfilter"), filtered);
            }
            case "with" -> parseWith();
            case "generation" -> new Statement.With(List.of(), List.of(), bodyTo("endgeneration"));
            case "break", "continue" -> {
                if (loops == 0) {
                    throw JinjaException.syntax(line, "'" + tag + "' outside of a loop");
                }
                endTag();
                yield new Statement.Leave(tag.equals("break") ? Statement.Flow.BREAK : Statement.Flow.CONTINUE);
            }
            default -> throw JinjaException.syntax(line, "Encountered unknown tag '" + tag + "'.");
        };
    }

    private Statement parseIf(int line) {
        var conditions = new ArrayList<Expression>();
        var bodies = new ArrayList<List<Statement>>();
        conditions.add(expressions.parseTuple(true));
        while (true) {
            endTag();
            bodies.add(body(Set.of("elif", "else", "endif")));
            var tag = tokens.take().text();
            if (tag.equals("elif")) {
                conditions.add(expressions.parseTuple(true));
                continue;
            }
            if (tag.equals("else")) {
                conditions.add(null);
                bodies.add(bodyTo("endif"));
            } else {
                endTag();
            }
            return new Statement.If(conditions, bodies, line);
        }
    }

    private Statement parseFor(int line) {
        var target = target(false);
        tokens.expectName("in");
        var items = expressions.parseTuple(false);
        var filter = tokens.takeName("if") ? expressions.parse() : null;
        boolean recursive = tokens.takeName("recursive");
        endTag();
        loops++;
        var body = body(Set.of("endfor", "else"));
        loops--;
        List<Statement> otherwise = List.of();
        if (tokens.take().text().equals("else")) {
            otherwise = bodyTo("endfor");
        } else {
            endTag();
        }
        return new Statement.For(target, items, filter, recursive, body, otherwise, line);
    }

    private Statement parseSet(int line) {
        var target = target(true);
        if (tokens.takeOperator("=")) {
            var value = expressions.parseTuple(true);
            endTag();
            return new Statement.SetValue(target, value, line);
        }
        var filtered = expressions.parseFilters(new Expression.Name(Statement.SetBlock.BODY), false);
        return new Statement.SetBlock(target, bodyTo("endset"), filtered);
    }

    private Statement parseMacro() {
        return macro(tokens.expect(Kind.NAME).text(), "endmacro");
    }

    private Statement.MacroBlock macro(String name, String end) {
        var parameters = new ArrayList<String>();
        var defaults = new ArrayList<Expression>();
        if (tokens.takeOperator("(")) {
            while (!tokens.takeOperator(")")) {
                parameters.add(tokens.expect(Kind.NAME).text());
                if (tokens.takeOperator("=")) {
                    defaults.add(expressions.parse());
                } else if (!defaults.isEmpty()) {
                    throw JinjaException.syntax(tokens.line(), "non-default argument follows default argument");
                }
                if (!tokens.current().isOperator(")")) {
                    tokens.expectOperator(",");
                }
            }
        }
        var before = expressions.takeNames();
        int outerLoops = loops;
        loops = 0;
        var body = bodyTo(end);
        loops = outerLoops;
        var inside = expressions.takeNames();
        expressions.addNames(before);
        expressions.addNames(inside);
        var specials = new HashSet<>(inside);
        specials.retainAll(SPECIALS);
        return new Statement.MacroBlock(name, parameters, defaults, body, specials);
    }

    private Statement parseCall(int line) {
        var parameters = new ArrayList<String>();
        if (tokens.takeOperator("(")) {
            while (!tokens.takeOperator(")")) {
                parameters.add(tokens.expect(Kind.NAME).text());
                tokens.takeOperator(",");
            }
        }
        if (!(expressions.parse() instanceof Expression.Call call)) {
            throw JinjaException.syntax(line, "expected call");
        }
        var caller = macro("caller", "endcall");
        return new Statement.CallBlock(call, new Statement.MacroBlock("caller", parameters, List.of(), caller.body(), caller.specials()));
    }

    private Statement parseWith() {
        var targets = new ArrayList<Target>();
        var values = new ArrayList<Expression>();
        while (tokens.current().kind() != Kind.BLOCK_END) {
            targets.add(target(false));
            tokens.expectOperator("=");
            values.add(expressions.parse());
            tokens.takeOperator(",");
        }
        return new Statement.With(targets, values, bodyTo("endwith"));
    }

    /** One variable or several; {@code ns.attribute} only where {@code withNamespace}. */
    private Target target(boolean withNamespace) {
        boolean brackets = tokens.takeOperator("(");
        var targets = new ArrayList<Target>();
        boolean several = false;
        do {
            if (tokens.current().kind() != Kind.NAME && several) {
                break;
            }
            var name = tokens.expect(Kind.NAME).text();
            targets.add(withNamespace && tokens.takeOperator(".") ? new Target.NamespaceAttribute(name, tokens.expect(Kind.NAME).text())
                    : new Target.Variable(name));
            several |= tokens.current().isOperator(",");
        } while (tokens.takeOperator(","));
        if (brackets) {
            tokens.expectOperator(")");
        }
        return several ? new Target.Several(targets) : targets.getFirst();
    }
}
