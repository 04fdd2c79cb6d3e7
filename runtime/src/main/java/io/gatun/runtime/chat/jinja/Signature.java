package io.gatun.runtime.chat.jinja;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What a Python function takes, for Python's errors when it is given something else.
 *
 * @param names of all arguments
 * @param bound how many of them the call does not give itself, such as the value before a filter
 * @param required how many have no default
 */
record Signature(String function, List<String> names, int bound, int required) {

    /** Reads {@code do_replace(eval_ctx, s | old, new, count=)}: what is bound, a bar, and the rest, where the sign of equality stands for a default. */
    static Signature of(String text) {
        int bracket = text.indexOf('(');
        var inside = text.substring(bracket + 1, text.length() - 1);
        var given = inside.contains("|") ? inside.substring(inside.indexOf('|') + 1).strip() : "";
        var names = new ArrayList<>(words(inside.contains("|") ? inside.substring(0, inside.indexOf('|')) : inside));
        int bound = names.size();
        names.addAll(words(given));
        int required = (int) names.stream().filter(name -> !name.endsWith("=")).count();
        return new Signature(text.substring(0, bracket), names.stream().map(name -> name.replace("=", "")).toList(), bound, required);
    }

    /** @throws JinjaException a TypeError, if the function cannot be called so */
    void check(List<Object> args, Map<String, Object> kwargs) {
        int given = bound + args.size();
        for (var name : kwargs.keySet()) {
            int index = names.indexOf(name);
            if (index < 0) {
                throw JinjaException.typeError(function + "() got an unexpected keyword argument " + PyText.repr(name));
            }
            if (index < given) {
                throw JinjaException.typeError(function + "() got multiple values for argument " + PyText.repr(name));
            }
        }
        if (given > names.size()) {
            throw JinjaException.typeError(function + "() takes " + (required == names.size() ? "" : "from " + required + " to ") + names.size()
                    + " positional argument" + (names.size() == 1 ? "" : "s") + " but " + given + (given == 1 ? " was" : " were") + " given");
        }
        var missing = names.subList(0, required).stream().skip(given).filter(name -> !kwargs.containsKey(name)).map(PyText::repr).toList();
        if (!missing.isEmpty()) {
            int last = missing.size() - 1;
            var list = last == 0 ? missing.get(0) : String.join(", ", missing.subList(0, last)) + (last > 1 ? "," : "") + " and " + missing.get(last);
            throw JinjaException.typeError(function + "() missing " + missing.size() + " required positional argument" + (last == 0 ? "" : "s") + ": " + list);
        }
    }

    /** As {@link #check}, for methods that are built in, which take no names and have messages of their own. */
    static void checkBuiltIn(String type, String method, int least, int most, List<Object> args, Map<String, Object> kwargs) {
        int given = args.size();
        if (!kwargs.isEmpty()) {
            throw JinjaException.typeError(type + "." + method + "() takes no keyword arguments");
        }
        if (given >= least && given <= most) {
            return;
        }
        throw JinjaException.typeError(most == 0 ? type + "." + method + "() takes no arguments (" + given + " given)"
                : least == 1 && most == 1 ? type + "." + method + "() takes exactly one argument (" + given + " given)"
                : method + " expected " + (least == most ? "" : given < least ? "at least " : "at most ") + (given < least ? least : most) + " argument"
                        + ((given < least ? least : most) == 1 ? "" : "s") + ", got " + given);
    }

    private static List<String> words(String list) {
        return Arrays.stream(list.split(",")).map(String::strip).filter(word -> !word.isEmpty()).toList();
    }
}
