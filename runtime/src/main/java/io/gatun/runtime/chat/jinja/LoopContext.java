package io.gatun.runtime.chat.jinja;

import java.util.List;
import java.util.Map;

/** What {@code loop} is inside a for block. */
final class LoopContext implements Callable {
    private final List<Object> items;
    private final int depth;
    private final Callable recursion;
    private int index;
    private Object last;

    /** @param recursion what calling {@code loop} does; null where the loop is not recursive */
    LoopContext(List<Object> items, int depth, Callable recursion) {
        this.items = items;
        this.depth = depth;
        this.recursion = recursion;
    }

    void moveTo(int next) {
        index = next;
    }

    int depth() {
        return depth;
    }

    /** An attribute, undefined if there is none of that name. */
    Object attribute(String name) {
        int length = items.size();
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> (long) length - index;
            case "revindex0" -> (long) length - index - 1;
            case "first" -> index == 0;
            case "last" -> index == length - 1;
            case "length" -> (long) length;
            case "depth" -> depth + 1L;
            case "depth0" -> (long) depth;
            case "previtem" -> index > 0 ? items.get(index - 1) : Undefined.because("there is no previous item");
            case "nextitem" -> index + 1 < length ? items.get(index + 1) : Undefined.because("there is no next item");
            case "cycle" -> (Callable) (args, kwargs) -> {
                if (args.isEmpty()) {
                    throw JinjaException.typeError("no items for cycling given");
                }
                return args.get(index % args.size());
            };
            case "changed" -> (Callable) (args, kwargs) -> {
                boolean changed = !(last instanceof PyTuple before) || !PyOperators.equal(before, new PyTuple(args));
                last = new PyTuple(args);
                return changed;
            };
            default -> Undefined.attribute(this, name);
        };
    }

    /** Goes through other items as the loop does: {@code loop(node.children)}. */
    @Override
    public Object call(List<Object> args, Map<String, Object> kwargs) {
        if (recursion == null) {
            throw JinjaException.typeError("The loop must have the 'recursive' marker to be called recursively.");
        }
        return recursion.call(args, kwargs);
    }
}
