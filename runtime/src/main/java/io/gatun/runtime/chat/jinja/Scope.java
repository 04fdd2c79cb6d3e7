package io.gatun.runtime.chat.jinja;

import java.util.HashMap;
import java.util.Map;

/** Variables of a block; those of the blocks around it are seen but not set. */
final class Scope {
    private final Scope parent;
    private final Map<String, Object> variables = new HashMap<>();
    private final Environment environment;
    private final Budget budget;

    private Scope(Scope parent, Environment environment, Budget budget) {
        this.parent = parent;
        this.environment = environment;
        this.budget = budget;
    }

    /** The outermost scope of a rendering. */
    static Scope of(Environment environment, Map<String, Object> variables) {
        var scope = new Scope(null, environment, new Budget());
        scope.variables.putAll(variables);
        return scope;
    }

    Scope inner() {
        return new Scope(this, environment, budget);
    }

    Environment environment() {
        return environment;
    }

    Budget budget() {
        return budget;
    }

    Object get(String name) {
        for (var scope = this; scope != null; scope = scope.parent) {
            if (scope.variables.containsKey(name)) {
                return scope.variables.get(name);
            }
        }
        var global = environment.globals().get(name);
        return global != null ? global : Undefined.name(name);
    }

    void set(String name, Object value) {
        variables.put(name, value);
    }
}
