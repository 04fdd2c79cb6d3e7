package io.gatun.runtime.chat.jinja;

import java.util.List;

/** What one rendering may still use, so that a template cannot hold a thread or fill the memory. */
final class Budget {
    /** Iterations, calls, filters and operators: far more than a template needs for the longest conversation that a model can read. */
    static final long MAX_STEPS = 20_000_000;
    /** Characters that are printed, those of blocks that set a variable included. */
    static final int MAX_OUTPUT = 16 << 20;
    /** Characters of one string, and items of one list. */
    static final int MAX_LENGTH = 16 << 20;
    /** Characters and items of all that operators, calls and filters make, one after the other. */
    static final long MAX_MADE = 1L << 30;
    /** Macros and recursive loops inside one another. */
    static final int MAX_DEPTH = 200;

    private long steps;
    private int depth;
    private long output;
    private long made;

    void step() {
        if (++steps > MAX_STEPS) {
            throw new JinjaException("TimeoutError", "the template takes more than " + MAX_STEPS + " steps");
        }
    }

    void print(int characters) {
        output += characters;
        if (output > MAX_OUTPUT) {
            throw new JinjaException("OverflowError", "the template prints more than " + MAX_OUTPUT + " characters");
        }
    }

    /** The value itself, which counts by its size. */
    Object made(Object value) {
        made += value instanceof String s ? s.length() : value instanceof List<?> l ? l.size() : 0;
        if (made > MAX_MADE) {
            throw new JinjaException("OverflowError", "the template makes strings and lists of more than " + MAX_MADE + " characters and items");
        }
        return value;
    }

    void enter() {
        if (++depth > MAX_DEPTH) {
            throw new JinjaException("RecursionError", "maximum recursion depth exceeded");
        }
    }

    void leave() {
        depth--;
    }

    /** Throws where a string or list would be longer than is allowed. */
    static void requireLength(long length) {
        if (length > MAX_LENGTH) {
            throw new JinjaException("OverflowError", "a value of " + length + " characters or items is longer than the " + MAX_LENGTH + " that are allowed");
        }
    }
}
