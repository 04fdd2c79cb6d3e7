package io.gatun.runtime.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A part of a template that prints or changes variables. */
sealed interface Statement {

    /** How a loop's body went on. */
    enum Flow { NORMAL, BREAK, CONTINUE }

    Flow run(Scope scope, StringBuilder out);

    /** Runs statements until one leaves the loop around them. */
    static Flow runAll(List<Statement> statements, Scope scope, StringBuilder out) {
        for (var statement : statements) {
            var flow = statement.run(scope, out);
            if (flow != Flow.NORMAL) {
                return flow;
            }
        }
        return Flow.NORMAL;
    }

    /** What statements print. */
    static String capture(List<Statement> statements, Scope scope) {
        var out = new StringBuilder();
        runAll(statements, scope, out);
        return out.toString();
    }

    private static void print(Object value, Scope scope, StringBuilder out) {
        var text = PyText.str(value);
        scope.budget().print(text.length());
        out.append(text);
    }

    record Data(String text) implements Statement {
        @Override
        public Flow run(Scope scope, StringBuilder out) {
            scope.budget().print(text.length());
            out.append(text);
            return Flow.NORMAL;
        }
    }

    record Print(Expression expression, int line) implements Statement {
        @Override
        public Flow run(Scope scope, StringBuilder out) {
            try {
                print(expression.evaluate(scope), scope, out);
                return Flow.NORMAL;
            } catch (JinjaException e) {
                throw e.at(line);
            }
        }
    }

    /** Conditions with their bodies; the last condition may be null, for else. */
    record If(List<Expression> conditions, List<List<Statement>> bodies, int line) implements Statement {
        @Override
        public Flow run(Scope scope, StringBuilder out) {
            for (int i = 0; i < conditions.size(); i++) {
                if (conditions.get(i) == null || holds(conditions.get(i), scope)) {
                    return runAll(bodies.get(i), scope, out);
                }
            }
            return Flow.NORMAL;
        }

        private boolean holds(Expression condition, Scope scope) {
            scope.budget().step();
            try {
                return PyType.isTrue(condition.evaluate(scope));
            } catch (JinjaException e) {
                throw e.at(line);
            }
        }
    }

    /** @param filter may be null */
    record For(Target target, Expression items, Expression filter, boolean recursive, List<Statement> body, List<Statement> otherwise, int line)
            implements Statement {
        @Override
        public Flow run(Scope scope, StringBuilder out) {
            try {
                loop(items.evaluate(scope), scope, out, 0);
                return Flow.NORMAL;
            } catch (JinjaException e) {
                throw e.at(line);
            }
        }

        /** Items that several variables took apart are tuples from then on. */
        private List<Object> filtered(List<Object> items, Scope scope) {
            var kept = new PyList();
            for (var item : items) {
                var inner = scope.inner();
                target.assign(item, inner);
                if (PyType.isTrue(filter.evaluate(inner))) {
                    kept.add(target instanceof Target.Several ? new PyTuple(PyAccess.iterate(item)) : item);
                }
            }
            return kept;
        }

        private void loop(Object values, Scope scope, StringBuilder out, int depth) {
            var kept = PyAccess.iterate(values);
            if (filter != null) {
                kept = filtered(kept, scope);
            }
            Callable recursion = recursive ? (args, kwargs) -> {
                var text = new StringBuilder();
                scope.budget().enter();
                loop(args.get(0), scope, text, depth + 1);
                scope.budget().leave();
                return text.toString();
            } : null;
            var context = new LoopContext(kept, depth, recursion);
            boolean completed = false;
            for (int i = 0; i < kept.size(); i++) {
                scope.budget().step();
                context.moveTo(i);
                var inner = scope.inner();
                inner.set("loop", context);
                target.assign(kept.get(i), inner);
                var flow = runAll(body, inner, out);
                if (flow == Flow.BREAK) {
                    break;
                }
                completed |= flow == Flow.NORMAL;
            }
            if (!completed) {
                runAll(otherwise, scope.inner(), out);
            }
        }
    }

    record Leave(Flow flow) implements Statement {
        @Override
        public Flow run(Scope scope, StringBuilder out) {
            return flow;
        }
    }

    record SetValue(Target target, Expression value, int line) implements Statement {
        @Override
        public Flow run(Scope scope, StringBuilder out) {
            try {
                target.require(scope);
                target.assign(value.evaluate(scope), scope);
                return Flow.NORMAL;
            } catch (JinjaException e) {
                throw e.at(line);
            }
        }
    }

    /** @param filtered an expression over the name that {@link #BODY} is set to */
    record SetBlock(Target target, List<Statement> body, Expression filtered) implements Statement {
        /** No template can spell it. */
        static final String BODY = " body";

        @Override
        public Flow run(Scope scope, StringBuilder out) {
            var inner = scope.inner();
            inner.set(BODY, capture(body, scope.inner()));
            target.assign(filtered.evaluate(inner), scope);
            return Flow.NORMAL;
        }
    }

    record FilterBlock(List<Statement> body, Expression filtered) implements Statement {
        @Override
        public Flow run(Scope scope, StringBuilder out) {
            var inner = scope.inner();
            inner.set(SetBlock.BODY, capture(body, scope.inner()));
            print(filtered.evaluate(inner), scope, out);
            return Flow.NORMAL;
        }
    }

    /** @param specials which of {@code varargs}, {@code kwargs} and {@code caller} the body reads */
    record MacroBlock(String name, List<String> parameters, List<Expression> defaults, List<Statement> body, Set<String> specials) implements Statement {
        @Override
        public Flow run(Scope scope, StringBuilder out) {
            scope.set(name, new Macro(this, scope));
            return Flow.NORMAL;
        }
    }

    /** @param caller what the called macro finds under that name */
    record CallBlock(Expression.Call call, MacroBlock caller) implements Statement {
        @Override
        public Flow run(Scope scope, StringBuilder out) {
            var named = new LinkedHashMap<>(call.arguments().named());
            named.put("caller", new Expression.Literal(new Macro(caller, scope)));
            var arguments = new Expression.Arguments(call.arguments().positional(), named, call.arguments().starred(), call.arguments().doubleStarred());
            print(new Expression.Call(call.function(), arguments, call.line()).evaluate(scope), scope, out);
            return Flow.NORMAL;
        }
    }

    record With(List<Target> targets, List<Expression> values, List<Statement> body) implements Statement {
        @Override
        public Flow run(Scope scope, StringBuilder out) {
            var inner = scope.inner();
            for (int i = 0; i < targets.size(); i++) {
                targets.get(i).assign(values.get(i).evaluate(scope), inner);
            }
            return runAll(body, inner, out);
        }
    }

    /** Where a value goes. */
    sealed interface Target {
        void assign(Object value, Scope scope);

        /** Throws where nothing can be assigned. */
        default void require(Scope scope) {
        }

        record Variable(String name) implements Target {
            @Override
            public void assign(Object value, Scope scope) {
                scope.set(name, value);
            }
        }

        record NamespaceAttribute(String namespace, String attribute) implements Target {
            @Override
            public void assign(Object value, Scope scope) {
                found(scope).attributes().put(attribute, value);
            }

            @Override
            public void require(Scope scope) {
                found(scope);
            }

            private Namespace found(Scope scope) {
                if (!(scope.get(namespace) instanceof Namespace found)) {
                    throw new JinjaException("TemplateRuntimeError", "cannot assign attribute on non-namespace object");
                }
                return found;
            }
        }

        record Several(List<Target> targets) implements Target {
            @Override
            public void assign(Object value, Scope scope) {
                var values = value instanceof Map<?, ?> map ? new ArrayList<Object>(map.keySet()) : unpack(value);
                if (values.size() != targets.size()) {
                    throw JinjaException.valueError(values.size() > targets.size() ? "too many values to unpack (expected " + targets.size() + ")"
                            : "not enough values to unpack (expected " + targets.size() + ", got " + values.size() + ")");
                }
                for (int i = 0; i < values.size(); i++) {
                    targets.get(i).assign(values.get(i), scope);
                }
            }

            private static List<Object> unpack(Object value) {
                if (value == null || PyType.isNumber(value)) {
                    throw JinjaException.typeError("cannot unpack non-iterable " + PyType.name(value) + " object");
                }
                return PyAccess.iterate(value);
            }
        }
    }
}
