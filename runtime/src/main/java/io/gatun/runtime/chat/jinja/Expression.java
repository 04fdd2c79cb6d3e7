package io.gatun.runtime.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;

/** A part of a template that has a value. */
sealed interface Expression {

    Object evaluate(Scope scope);

    record Literal(Object value) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return value;
        }
    }

    record Name(String name) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return scope.get(name);
        }
    }

    record ListOf(List<Expression> items, boolean isTuple) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            var values = new PyList();
            for (var item : items) {
                values.add(item.evaluate(scope));
            }
            return isTuple ? new PyTuple(values) : values;
        }
    }

    record DictOf(List<Expression> keys, List<Expression> values) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            var dict = new PyDict();
            for (int i = 0; i < keys.size(); i++) {
                var key = keys.get(i).evaluate(scope);
                PyType.requireHashable(key);
                dict.put(key, values.get(i).evaluate(scope));
            }
            return dict;
        }
    }

    record Binary(Expression left, Expression right, BinaryOperator<Object> operator) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            scope.budget().step();
            try {
                return scope.budget().made(operator.apply(left.evaluate(scope), right.evaluate(scope)));
            } catch (ArithmeticException e) {
                throw new JinjaException("OverflowError", "an integer needs more than 64 bits");
            }
        }
    }

    record Negate(Expression operand) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return PyOperators.negate(operand.evaluate(scope));
        }
    }

    record Positive(Expression operand) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return PyOperators.positive(operand.evaluate(scope));
        }
    }

    record Not(Expression operand) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return !PyType.isTrue(operand.evaluate(scope));
        }
    }

    record And(Expression left, Expression right) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            var value = left.evaluate(scope);
            return PyType.isTrue(value) ? right.evaluate(scope) : value;
        }
    }

    record Or(Expression left, Expression right) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            var value = left.evaluate(scope);
            return PyType.isTrue(value) ? value : right.evaluate(scope);
        }
    }

    record Conditional(Expression condition, Expression then, Expression otherwise, int line) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            if (PyType.isTrue(condition.evaluate(scope))) {
                return then.evaluate(scope);
            }
            return otherwise != null ? otherwise.evaluate(scope)
                    : Undefined.because("the inline if-expression on line " + line + " evaluated to false and no else section was defined.");
        }
    }

    record Concatenation(List<Expression> parts) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            var text = new StringBuilder();
            for (var part : parts) {
                text.append(PyText.str(part.evaluate(scope)));
                Budget.requireLength(text.length());
            }
            return scope.budget().made(text.toString());
        }
    }

    /** {@code a < b <= c}: each operand is evaluated once, and none after the first comparison that fails. */
    record Comparison(Expression first, List<String> operators, List<Expression> operands) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            scope.budget().step();
            var left = first.evaluate(scope);
            for (int i = 0; i < operators.size(); i++) {
                var right = operands.get(i).evaluate(scope);
                if (!holds(operators.get(i), left, right)) {
                    return false;
                }
                left = right;
            }
            return true;
        }

        private static boolean holds(String operator, Object left, Object right) {
            return switch (operator) {
                case "==" -> PyOperators.equal(left, right);
                case "!=" -> !PyOperators.equal(left, right);
                case "in" -> PyOperators.contains(right, left);
                case "not in" -> !PyOperators.contains(right, left);
                default -> PyOperators.ordered(operator, left, right);
            };
        }
    }

    record Attribute(Expression owner, String name) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return PyAccess.attribute(owner.evaluate(scope), name);
        }
    }

    record Item(Expression owner, Expression key) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return PyAccess.item(owner.evaluate(scope), key.evaluate(scope));
        }
    }

    /** Bounds may be null, as in {@code [::-1]}. */
    record Slice(Expression owner, Expression from, Expression to, Expression step) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            return PyAccess.slice(owner.evaluate(scope), bound(from, scope), bound(to, scope), bound(step, scope));
        }

        private static Object bound(Expression expression, Scope scope) {
            return expression == null ? null : expression.evaluate(scope);
        }
    }

    /** Arguments of a call, a filter or a test. */
    record Arguments(List<Expression> positional, Map<String, Expression> named, List<Expression> starred, List<Expression> doubleStarred) {
        static final Arguments NONE = new Arguments(List.of(), Map.of(), List.of(), List.of());

        List<Object> positional(Scope scope) {
            var values = new ArrayList<Object>(positional.size());
            positional.forEach(argument -> values.add(argument.evaluate(scope)));
            starred.forEach(argument -> values.addAll(PyAccess.iterate(argument.evaluate(scope))));
            return values;
        }

        Map<String, Object> named(Scope scope) {
            if (named.isEmpty() && doubleStarred.isEmpty()) {
                return Map.of();
            }
            var values = new LinkedHashMap<String, Object>();
            named.forEach((name, argument) -> values.put(name, argument.evaluate(scope)));
            for (var argument : doubleStarred) {
                var value = argument.evaluate(scope);
                if (!(value instanceof Map<?, ?> map)) {
                    throw JinjaException.typeError("argument after ** must be a mapping, not " + PyType.name(value));
                }
                map.forEach((name, item) -> values.put(PyText.str(name), item));
            }
            return values;
        }
    }

    record Call(Expression function, Arguments arguments, int line) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            scope.budget().step();
            try {
                var called = function.evaluate(scope);
                var positional = arguments.positional(scope);
                var named = arguments.named(scope);
                return switch (called) {
                    case Callable callable -> scope.budget().made(callable.call(positional, named));
                    case Undefined u -> throw u.used();
                    case null -> throw JinjaException.typeError("'NoneType' object is not callable");
                    case Object other -> throw JinjaException.typeError("'" + PyType.name(other) + "' object is not callable");
                };
            } catch (JinjaException e) {
                throw e.at(line);
            }
        }
    }

    record Filtered(Expression operand, String name, Filter filter, Arguments arguments, int line) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            scope.budget().step();
            try {
                return scope.budget().made(filter.apply(operand.evaluate(scope), arguments.positional(scope), arguments.named(scope)));
            } catch (JinjaException e) {
                throw e.at(line);
            }
        }
    }

    record Tested(Expression operand, Test test, Arguments arguments, boolean negated, int line) implements Expression {
        @Override
        public Object evaluate(Scope scope) {
            try {
                return test.test(operand.evaluate(scope), arguments.positional(scope)) != negated;
            } catch (JinjaException e) {
                throw e.at(line);
            }
        }
    }
}
