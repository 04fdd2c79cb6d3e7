package io.gatun.runtime.chat.jinja;

import java.util.List;
import java.util.Map;

/**
 * A function that a template defines; its value is what its body prints.
 *
 * @param scope where it was defined
 */
record Macro(Statement.MacroBlock definition, Scope scope) implements Callable {

    @Override
    public Object call(List<Object> args, Map<String, Object> kwargs) {
        var name = definition.name();
        var parameters = definition.parameters();
        if (args.size() > parameters.size() && !definition.specials().contains("varargs")) {
            throw JinjaException.typeError("macro " + PyText.repr(name) + " takes not more than " + parameters.size() + " argument(s)");
        }
        var inner = scope.inner();
        for (int i = 0; i < parameters.size(); i++) {
            inner.set(parameters.get(i), argument(i, args, kwargs, inner));
        }
        inner.set("varargs", new PyTuple(args.size() > parameters.size() ? args.subList(parameters.size(), args.size()) : List.of()));
        if (definition.specials().contains("caller")) {
            inner.set("caller", Undefined.because("No caller defined"));
        } else if (kwargs.containsKey("caller")) {
            throw JinjaException.typeError("macro " + PyText.repr(name) + " was invoked with two values for the special caller argument. This is most likely a bug.");
        }
        var rest = new PyDict();
        kwargs.forEach((key, value) -> {
            if (key.equals("caller")) {
                inner.set("caller", value);
            } else if (parameters.indexOf(key) < args.size()) {
                rest.put(key, value);
            }
        });
        if (!rest.isEmpty() && !definition.specials().contains("kwargs")) {
            throw JinjaException.typeError("macro " + PyText.repr(name) + " takes no keyword argument " + PyText.repr(rest.keySet().iterator().next()));
        }
        inner.set("kwargs", rest);
        inner.budget().enter();
        try {
            return Statement.capture(definition.body(), inner);
        } finally {
            inner.budget().leave();
        }
    }

    /** An attribute, undefined if there is none of that name. */
    Object attribute(String attribute) {
        return switch (attribute) {
            case "name" -> definition.name();
            case "arguments" -> new PyTuple(definition.parameters());
            case "caller" -> definition.specials().contains("caller");
            case "catch_kwargs" -> definition.specials().contains("kwargs");
            case "catch_varargs" -> definition.specials().contains("varargs");
            default -> Undefined.attribute(this, attribute);
        };
    }

    private Object argument(int i, List<Object> args, Map<String, Object> kwargs, Scope inner) {
        var parameter = definition.parameters().get(i);
        if (i < args.size()) {
            return args.get(i);
        }
        if (kwargs.containsKey(parameter)) {
            return kwargs.get(parameter);
        }
        var defaults = definition.defaults();
        int fromDefaults = i - (definition.parameters().size() - defaults.size());
        if (fromDefaults < 0) {
            return Undefined.because("parameter " + PyText.repr(parameter) + " was not provided");
        }
        inner.set(parameter, Undefined.name(parameter));
        return defaults.get(fromDefaults).evaluate(inner);
    }
}
