package io.gatun.runtime.chat.jinja;

/** What one rendering may still use, so that a template cannot hold a thread or fill the memory. */
final class Budget {
    /** Far more than a template needs for the longest conversation that a model can read. */
    static final long MAX_STEPS = 20_000_000;
    static final int MAX_OUTPUT = 16 << 20;
    static final int MAX_DEPTH = 200;

    private long steps;
    private int depth;
    private long output;

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

    void enter() {
        if (++depth > MAX_DEPTH) {
            throw new JinjaException("RecursionError", "maximum recursion depth exceeded");
        }
    }

    void leave() {
        depth--;
    }
}
