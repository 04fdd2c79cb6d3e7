package io.gatun.runtime.chat.jinja;

import io.gatun.runtime.chat.jinja.Expression.Arguments;
import io.gatun.runtime.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;

/** Reads expressions, by descent through Jinja's levels of precedence. */
final class ExpressionParser {
    private static final int MAX_DEPTH = 100;
    private static final Set<Kind> PRIMARY = EnumSet.of(Kind.NAME, Kind.STRING, Kind.INTEGER, Kind.FLOAT);
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> NO_TEST_ARGUMENT = Set.of("else", "or", "and");

    private final TokenStream tokens;
    private final List<JinjaException> unknown = new ArrayList<>();
    private final List<JinjaException> required = new ArrayList<>();
    private Set<String> names = new HashSet<>();
    private int depth;

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
    }

    /** The names read since the last call. */
    Set<String> takeNames() {
        var taken = names;
        names = new HashSet<>();
        return taken;
    }

    void addNames(Set<String> more) {
        names.addAll(more);
    }

    /** How many filters and tests have been read that there are none of. */
    int unknownCount() {
        return unknown.size();
    }

    /** Lets those read since there were {@code count} be errors of the rendering, as they are where a condition may leave them out. */
    void forgiveUnknown(int count) {
        unknown.subList(count, unknown.size()).clear();
    }

    /** Keeps those read since there were {@code count} errors of the template, whatever is around them. */
    void requireKnownSince(int count) {
        required.addAll(unknown.subList(count, unknown.size()));
        forgiveUnknown(count);
    }

    /** @throws JinjaException the first that is not forgiven */
    void requireKnown() {
        requireKnownSince(0);
        if (!required.isEmpty()) {
            throw required.getFirst();
        }
    }

    /** An expression, or several with commas between them, which make a tuple. */
    Expression parseTuple(boolean withConditional) {
        if (isTupleEnd()) {
            throw JinjaException.syntax(tokens.line(), "Expected an expression, got " + PyText.repr(tokens.current().describe()));
        }
        var first = withConditional ? parse() : parseOr();
        if (!tokens.current().isOperator(",")) {
            return first;
        }
        var items = new ArrayList<>(List.of(first));
        while (tokens.takeOperator(",")) {
            if (isTupleEnd()) {
                break;
            }
            items.add(withConditional ? parse() : parseOr());
        }
        return new Expression.ListOf(items, true);
    }

    /** An expression, a conditional one included. */
    Expression parse() {
        if (++depth > MAX_DEPTH) {
            throw JinjaException.syntax(tokens.line(), "expressions are nested more than " + MAX_DEPTH + " deep");
        }
        int known = unknown.size();
        int line = tokens.line();
        var value = parseOr();
        while (tokens.takeName("if")) {
            var condition = parseOr();
            value = new Expression.Conditional(condition, value, tokens.takeName("else") ? parse() : null, line);
            forgiveUnknown(known);
            line = tokens.line();
        }
        depth--;
        return value;
    }

    Expression parseOr() {
        var left = parseAnd();
        while (tokens.takeName("or")) {
            left = new Expression.Or(left, parseAnd());
        }
        return left;
    }

    /** Filters after {@code operand}; {@code afterName} where the first one's bar is left out, as in a filter block. */
    Expression parseFilters(Expression operand, boolean afterName) {
        var value = operand;
        boolean bare = afterName;
        int outermost = unknown.size();
        while (bare || tokens.takeOperator("|")) {
            bare = false;
            int line = tokens.line();
            var name = dottedName();
            var filter = Filters.find(name);
            if (filter == null) {
                unknown.add(outermost, new JinjaException("TemplateAssertionError", line, "No filter named " + PyText.repr(name) + "."));
                filter = (operandIgnored, args, kwargs) -> {
                    throw new JinjaException("TemplateRuntimeError", "No filter named " + PyText.repr(name) + " found.");
                };
            }
            value = new Expression.Filtered(value, name, filter, tokens.current().isOperator("(") ? parseArguments() : Arguments.NONE, line);
        }
        return value;
    }

    /** Arguments in brackets. */
    Arguments parseArguments() {
        int line = tokens.line();
        tokens.expectOperator("(");
        var positional = new ArrayList<Expression>();
        var named = new LinkedHashMap<String, Expression>();
        var starred = new ArrayList<Expression>();
        var doubleStarred = new ArrayList<Expression>();
        while (!tokens.takeOperator(")")) {
            if (starred.isEmpty() && doubleStarred.isEmpty() && tokens.takeOperator("*")) {
                starred.add(parse());
            } else if (doubleStarred.isEmpty() && tokens.takeOperator("**")) {
                doubleStarred.add(parse());
            } else if (doubleStarred.isEmpty() && tokens.current().kind() == Kind.NAME && tokens.next().isOperator("=")) {
                var name = tokens.take().text();
                tokens.take();
                named.put(name, parse());
            } else if (named.isEmpty() && starred.isEmpty() && doubleStarred.isEmpty() && !tokens.current().isOperator("*") && !tokens.current().isOperator("**")) {
                positional.add(parse());
            } else {
                throw JinjaException.syntax(line, "invalid syntax for function call expression");
            }
            if (!tokens.current().isOperator(")")) {
                tokens.expectOperator(",");
            }
        }
        return new Arguments(positional, named, starred, doubleStarred);
    }

    private Expression parseAnd() {
        var left = parseNot();
        while (tokens.takeName("and")) {
            left = new Expression.And(left, parseNot());
        }
        return left;
    }

    private Expression parseNot() {
        return tokens.takeName("not") ? new Expression.Not(parseNot()) : parseComparison();
    }

    private Expression parseComparison() {
        var first = parseSum();
        var operators = new ArrayList<String>();
        var operands = new ArrayList<Expression>();
        while (true) {
            if (tokens.current().kind() == Kind.OPERATOR && COMPARISONS.contains(tokens.current().text())) {
                operators.add(tokens.take().text());
            } else if (tokens.takeName("in")) {
                operators.add("in");
            } else if (tokens.current().isName("not") && tokens.next().isName("in")) {
                tokens.take();
                tokens.take();
                operators.add("not in");
            } else {
                return operators.isEmpty() ? first : new Expression.Comparison(first, operators, operands);
            }
            operands.add(parseSum());
        }
    }

    private Expression parseSum() {
        var left = parseConcatenation();
        while (true) {
            BinaryOperator<Object> operator = tokens.takeOperator("+") ? PyOperators::add : tokens.takeOperator("-") ? PyOperators::subtract : null;
            if (operator == null) {
                return left;
            }
            left = new Expression.Binary(left, parseConcatenation(), operator);
        }
    }

    private Expression parseConcatenation() {
        var first = parseProduct();
        if (!tokens.current().isOperator("~")) {
            return first;
        }
        var parts = new ArrayList<>(List.of(first));
        while (tokens.takeOperator("~")) {
            parts.add(parseProduct());
        }
        return new Expression.Concatenation(parts);
    }

    private Expression parseProduct() {
        var left = parsePower();
        while (true) {
            BinaryOperator<Object> operator = tokens.takeOperator("*") ? PyOperators::multiply : tokens.takeOperator("/") ? PyOperators::divide
                    : tokens.takeOperator("//") ? PyOperators::floorDivide : tokens.takeOperator("%") ? PyOperators::modulo : null;
            if (operator == null) {
                return left;
            }
            left = new Expression.Binary(left, parsePower(), operator);
        }
    }

    private Expression parsePower() {
        var left = parseUnary(true);
        while (tokens.takeOperator("**")) {
            left = new Expression.Binary(left, parseUnary(true), PyOperators::power);
        }
        return left;
    }

    private Expression parseUnary(boolean withFilters) {
        Expression value;
        if (tokens.takeOperator("-")) {
            value = new Expression.Negate(parseUnary(false));
        } else if (tokens.takeOperator("+")) {
            value = new Expression.Positive(parseUnary(false));
        } else {
            value = parsePrimary();
        }
        value = parsePostfix(value);
        return withFilters ? parseFiltersAndTests(value) : value;
    }

    private Expression parseFiltersAndTests(Expression operand) {
        var value = operand;
        while (true) {
            if (tokens.current().isOperator("|")) {
                value = parseFilters(value, false);
            } else if (tokens.takeName("is")) {
                value = parseTest(value);
            } else if (tokens.current().isOperator("(")) {
                value = new Expression.Call(value, parseArguments(), tokens.line());
            } else {
                return value;
            }
        }
    }

    private Expression parseTest(Expression operand) {
        int line = tokens.line();
        boolean negated = tokens.takeName("not");
        var name = dottedName();
        var test = Tests.find(name);
        if (test == null) {
            unknown.add(new JinjaException("TemplateAssertionError", line, "No test named " + PyText.repr(name) + "."));
            test = (value, args) -> {
                throw new JinjaException("TemplateRuntimeError", "No test named " + PyText.repr(name) + " found.");
            };
        }
        var arguments = Arguments.NONE;
        if (tokens.current().isOperator("(")) {
            arguments = parseArguments();
        } else if (beginsTestArgument(tokens.current())) {
            if (tokens.current().isName("is")) {
                throw JinjaException.syntax(tokens.line(), "You cannot chain multiple tests with is");
            }
            arguments = new Arguments(List.of(parsePostfix(parsePrimary())), Map.of(), List.of(), List.of());
        }
        return new Expression.Tested(operand, test, arguments, negated, line);
    }

    private static boolean beginsTestArgument(Token token) {
        return switch (token.kind()) {
            case NAME -> !NO_TEST_ARGUMENT.contains(token.text());
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            default -> false;
        };
    }

    private Expression parsePostfix(Expression operand) {
        var value = operand;
        while (true) {
            int line = tokens.line();
            if (tokens.takeOperator(".")) {
                line = tokens.line();
                var token = tokens.take();
                value = switch (token.kind()) {
                    case NAME -> new Expression.Attribute(value, token.text());
                    case INTEGER -> new Expression.Item(value, new Expression.Literal(integer(token)));
                    default -> throw JinjaException.syntax(line, "expected name or number");
                };
            } else if (tokens.takeOperator("[")) {
                value = parseSubscript(value);
            } else if (tokens.current().isOperator("(")) {
                value = new Expression.Call(value, parseArguments(), line);
            } else {
                return value;
            }
        }
    }

    /** An item, of several a tuple, or a slice. */
    private Expression parseSubscript(Expression owner) {
        var keys = new ArrayList<Expression>();
        while (!tokens.current().isOperator("]")) {
            if (!keys.isEmpty()) {
                tokens.expectOperator(",");
            }
            var from = tokens.current().isOperator(":") ? null : parse();
            if (keys.isEmpty() && tokens.takeOperator(":")) {
                return parseSlice(owner, from);
            }
            if (from == null) {
                throw unexpected(tokens.current());
            }
            keys.add(from);
        }
        tokens.expectOperator("]");
        return new Expression.Item(owner, keys.size() == 1 ? keys.getFirst() : new Expression.ListOf(keys, true));
    }

    private Expression parseSlice(Expression owner, Expression from) {
        Expression to = tokens.current().isOperator(":") || tokens.current().isOperator("]") ? null : parse();
        Expression step = tokens.takeOperator(":") && !tokens.current().isOperator("]") ? parse() : null;
        if (!tokens.takeOperator("]")) {
            tokens.expectOperator(",");
            throw JinjaException.syntax(tokens.line(), "a slice cannot be one of several subscripts");
        }
        return new Expression.Slice(owner, from, to, step);
    }

    Expression parsePrimary() {
        var token = tokens.current();
        if (!PRIMARY.contains(token.kind()) && !token.isOperator("(") && !token.isOperator("[") && !token.isOperator("{")) {
            throw unexpected(token);
        }
        tokens.take();
        return switch (token.kind()) {
            case NAME -> switch (token.text()) {
                case "true", "True" -> new Expression.Literal(true);
                case "false", "False" -> new Expression.Literal(false);
                case "none", "None" -> new Expression.Literal(null);
                default -> {
                    names.add(token.text());
                    yield new Expression.Name(token.text());
                }
            };
            case STRING -> {
                var text = new StringBuilder(token.text());
                while (tokens.current().kind() == Kind.STRING) {
                    text.append(tokens.take().text());
                }
                yield new Expression.Literal(text.toString());
            }
            case INTEGER -> new Expression.Literal(integer(token));
            case FLOAT -> new Expression.Literal(Double.parseDouble(token.text()));
            case OPERATOR -> switch (token.text()) {
                case "(" -> parseBrackets();
                case "[" -> new Expression.ListOf(parseItems("]"), false);
                case "{" -> parseDict();
                default -> throw unexpected(token);
            };
            default -> throw unexpected(token);
        };
    }

    private Expression parseBrackets() {
        if (tokens.takeOperator(")")) {
            return new Expression.ListOf(List.of(), true);
        }
        var inner = parseTuple(true);
        tokens.expectOperator(")");
        return inner;
    }

    private List<Expression> parseItems(String end) {
        var items = new ArrayList<Expression>();
        while (!tokens.takeOperator(end)) {
            items.add(parse());
            if (!tokens.current().isOperator(end)) {
                tokens.expectOperator(",");
            }
        }
        return items;
    }

    private Expression parseDict() {
        var keys = new ArrayList<Expression>();
        var values = new ArrayList<Expression>();
        while (!tokens.takeOperator("}")) {
            keys.add(parse());
            tokens.expectOperator(":");
            values.add(parse());
            if (!tokens.current().isOperator("}")) {
                tokens.expectOperator(",");
            }
        }
        return new Expression.DictOf(keys, values);
    }

    private String dottedName() {
        var name = new StringBuilder(tokens.expect(Kind.NAME).text());
        while (tokens.takeOperator(".")) {
            name.append('.').append(tokens.expect(Kind.NAME).text());
        }
        return name.toString();
    }

    private boolean isTupleEnd() {
        var token = tokens.current();
        return token.kind() == Kind.BLOCK_END || token.kind() == Kind.VARIABLE_END || token.isOperator(")");
    }

    private static Object integer(Token token) {
        var text = token.text();
        int base = text.length() < 2 ? 10 : switch (text.charAt(1)) {
            case 'x', 'X' -> 16;
            case 'o', 'O' -> 8;
            case 'b', 'B' -> 2;
            default -> 10;
        };
        try {
            return Long.parseLong(base == 10 ? text : text.substring(2), base);
        } catch (NumberFormatException e) {
            throw JinjaException.syntax(token.line(), "the integer " + token.text() + " needs more than 64 bits");
        }
    }

    private static JinjaException unexpected(Token token) {
        return JinjaException.syntax(token.line(), "unexpected " + PyText.repr(token.describe()));
    }
}
