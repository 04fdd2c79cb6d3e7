package io.gatun.runtime.chat.jinja;

import io.gatun.runtime.chat.jinja.Statement.Target;
import io.gatun.runtime.chat.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads a template's statements. */
final class Parser {
    private static final Set<String> TAGS = Set.of("if", "for", "set", "macro", "call", "filter", "with", "generation", "break", "continue");
    private static final String CANNOT_ASSIGN = "can't assign to ";
    private static final Set<String> CONSTANTS = Set.of("true", "True", "false", "False", "none", "None");
    private static final Set<String> SPECIALS = Set.of("varargs", "kwargs", "caller");

    private final TokenStream tokens;
    private final ExpressionParser expressions;
    private final Deque<String> openTags = new ArrayDeque<>();
    private final Deque<List<String>> awaitedTags = new ArrayDeque<>();
    private int loops;
    private int loopTags;

    private Parser(String source) {
        tokens = new TokenStream(Lexer.tokenize(source));
        expressions = new ExpressionParser(tokens);
    }

    /** The statements of a whole template. */
    static List<Statement> parse(String source) {
        var parser = new Parser(source);
        var statements = parser.body(List.of());
        parser.expressions.requireKnown();
        return statements;
    }

    /** Statements up to one of the tags {@code ends}, whose name is not taken yet, or to the end of the template if there are none. */
    private List<Statement> body(List<String> ends) {
        awaitedTags.push(ends);
        var statements = statements(ends);
        awaitedTags.pop();
        return statements;
    }

    private List<Statement> statements(List<String> ends) {
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
                    if (tokens.next().kind() == Kind.NAME && ends.contains(tokens.next().text())) {
                        tokens.take();
                        return statements;
                    }
                    tokens.take();
                    statements.add(tagged());
                }
                default -> {
                    if (!ends.isEmpty()) {
                        throw unexpectedTag(line, "", "Unexpected end of template.");
                    }
                    return statements;
                }
            }
        }
    }

    /** As {@link #body}, with the end's tag taken whole. */
    private List<Statement> bodyTo(String end) {
        endTag();
        int known = expressions.unknownCount();
        var statements = body(List.of(end));
        expressions.requireKnownSince(known);
        tokens.expectName(end);
        endTag();
        return statements;
    }

    private void endTag() {
        tokens.expect(Kind.BLOCK_END);
    }

    private Statement tagged() {
        if (tokens.current().kind() != Kind.NAME) {
            throw JinjaException.syntax(tokens.line(), "tag name expected");
        }
        var tag = tokens.current().text();
        if (!TAGS.contains(tag)) {
            throw unexpectedTag(tokens.line(), tag, "Encountered unknown tag '" + tag + "'.");
        }
        openTags.push(tag);
        var statement = statement();
        openTags.pop();
        return statement;
    }

    private Statement statement() {
        int line = tokens.line();
        var tag = tokens.take().text();
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
            default -> throw new IllegalStateException(tag);
        };
    }

    /** Says too which tags would be right. */
    private JinjaException unexpectedTag(int line, String name, String message) {
        var awaited = String.join(" or ", awaitedTags.peek().stream().map(tag -> "'" + tag + "'").toList());
        boolean isNestedWrongly = awaitedTags.stream().anyMatch(tags -> tags.contains(name));
        return JinjaException.syntax(line, message
                + (awaited.isEmpty() ? "" : isNestedWrongly
                        ? " You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for " + awaited + "."
                        : " Jinja was looking for the following tags: " + awaited + ".")
                + (openTags.isEmpty() ? "" : " The innermost block that needs to be closed is '" + openTags.peek() + "'."));
    }

    private Statement parseIf(int line) {
        int known = expressions.unknownCount();
        var conditions = new ArrayList<Expression>();
        var bodies = new ArrayList<List<Statement>>();
        conditions.add(expressions.parseTuple(false));
        while (true) {
            endTag();
            bodies.add(body(List.of("elif", "else", "endif")));
            var tag = tokens.take().text();
            if (tag.equals("elif")) {
                conditions.add(expressions.parseTuple(false));
                continue;
            }
            if (tag.equals("else")) {
                conditions.add(null);
                endTag();
                bodies.add(body(List.of("endif")));
                tokens.take();
            }
            endTag();
            expressions.forgiveUnknown(known);
            return new Statement.If(conditions, bodies, line);
        }
    }

    private Statement parseFor(int line) {
        loopTags++;
        var target = target(false);
        tokens.expectName("in");
        var items = expressions.parseTuple(false);
        var filter = tokens.takeName("if") ? expressions.parse() : null;
        boolean recursive = tokens.takeName("recursive");
        endTag();
        loops++;
        int known = expressions.unknownCount();
        var body = body(List.of("endfor", "else"));
        expressions.requireKnownSince(known);
        loops--;
        List<Statement> otherwise = List.of();
        if (tokens.take().text().equals("else")) {
            otherwise = bodyTo("endfor");
        } else {
            endTag();
        }
        loopTags--;
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
        var name = tokens.expect(Kind.NAME).text();
        var parameters = new ArrayList<String>();
        var defaults = new ArrayList<Expression>();
        parseParameters(parameters, defaults);
        return macro(name, parameters, defaults, "endmacro");
    }

    private void parseParameters(List<String> parameters, List<Expression> defaults) {
        tokens.expectOperator("(");
        while (!tokens.current().isOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            parameters.add(tokens.expect(Kind.NAME).text());
            if (tokens.takeOperator("=")) {
                defaults.add(expressions.parse());
            } else if (!defaults.isEmpty()) {
                throw JinjaException.syntax(tokens.line(), "non-default argument follows default argument");
            }
        }
        tokens.expectOperator(")");
    }

    private Statement.MacroBlock macro(String name, List<String> parameters, List<Expression> defaults, String end) {
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
        var defaults = new ArrayList<Expression>();
        if (tokens.current().isOperator("(")) {
            parseParameters(parameters, defaults);
        }
        if (!(expressions.parse() instanceof Expression.Call call)) {
            throw JinjaException.syntax(line, "expected call");
        }
        return new Statement.CallBlock(call, macro("caller", parameters, defaults, "endcall"));
    }

    private Statement parseWith() {
        var targets = new ArrayList<Target>();
        var values = new ArrayList<Expression>();
        while (tokens.current().kind() != Kind.BLOCK_END) {
            if (!targets.isEmpty()) {
                tokens.expectOperator(",");
            }
            targets.add(target(false));
            tokens.expectOperator("=");
            values.add(expressions.parse());
        }
        return new Statement.With(targets, values, bodyTo("endwith"));
    }

    /** One variable or several; {@code ns.attribute} only where {@code withNamespace}. */
    private Target target(boolean withNamespace) {
        var first = tokens.current();
        if (first.kind() == Kind.BLOCK_END) {
            throw JinjaException.syntax(first.line(), "Expected an expression, got " + PyText.repr(first.describe()));
        }
        var target = oneTarget(withNamespace);
        if (!tokens.current().isOperator(",")) {
            return target;
        }
        var targets = new ArrayList<>(List.of(target));
        while (tokens.takeOperator(",")) {
            var end = tokens.current();
            if (end.kind() == Kind.BLOCK_END || end.kind() == Kind.VARIABLE_END || end.isOperator(")")) {
                break;
            }
            try {
                targets.add(oneTarget(withNamespace));
            } catch (JinjaException e) {
                throw e.getMessage().startsWith(CANNOT_ASSIGN) ? cannotAssign(e.line(), "tuple") : e;
            }
        }
        return new Target.Several(targets);
    }

    private Target oneTarget(boolean withNamespace) {
        var token = tokens.current();
        if (token.kind() != Kind.NAME && !token.isOperator("(")) {
            throw switch (expressions.parsePrimary()) {
                case Expression.ListOf list -> cannotAssign(token.line(), "list");
                case Expression.DictOf dict -> cannotAssign(token.line(), "dict");
                default -> cannotAssign(token.line(), "const");
            };
        }
        tokens.take();
        if (token.kind() == Kind.OPERATOR) {
            var inner = target(false);
            tokens.expectOperator(")");
            return inner;
        }
        if (CONSTANTS.contains(token.text())) {
            throw cannotAssign(token.line(), "const");
        }
        if (token.text().equals("loop") && loopTags > 0) {
            throw new JinjaException("TemplateAssertionError", token.line(), "Can't assign to special loop variable in for-loop target");
        }
        return withNamespace && tokens.takeOperator(".") ? new Target.NamespaceAttribute(token.text(), tokens.expect(Kind.NAME).text())
                : new Target.Variable(token.text());
    }

    private static JinjaException cannotAssign(int line, String what) {
        return JinjaException.syntax(line, CANNOT_ASSIGN + "'" + what + "'");
    }
}
