package io.gatun.kernels;

import java.util.ArrayDeque;

/** What callers may hand to the compiler as one expression. */
final class CudaExpression {
    private static final int MAX_LENGTH = 4096;
    private static final String OPENING = "([{";
    private static final String CLOSING = ")]}";
    private static final String FORBIDDEN = ";#\\\"'`@$\n\r";

    private CudaExpression() {
    }

    /** @throws IllegalArgumentException naming what makes {@code cuda} more, or less, than one expression */
    static void require(String name, String cuda) {
        if (cuda.isBlank() || cuda.length() > MAX_LENGTH) {
            throw wrong(name, cuda, "it must have 1 to " + MAX_LENGTH + " characters");
        }
        var open = new ArrayDeque<Character>();
        for (char c : cuda.toCharArray()) {
            if (FORBIDDEN.indexOf(c) >= 0 || c == '{' || c == '}') {
                throw wrong(name, cuda, "it must not contain " + (c < ' ' ? "line breaks" : "'" + c + "'"));
            }
            if (OPENING.indexOf(c) >= 0) {
                open.push(c);
            } else if (CLOSING.indexOf(c) >= 0 && (open.isEmpty() || OPENING.indexOf(open.pop()) != CLOSING.indexOf(c))) {
                throw wrong(name, cuda, "its '" + c + "' closes nothing");
            }
        }
        if (!open.isEmpty()) {
            throw wrong(name, cuda, "its '" + open.peek() + "' is not closed");
        }
        if (cuda.contains("//") || cuda.contains("/*") || cuda.contains("??")) {
            throw wrong(name, cuda, "it must not contain comments or trigraphs");
        }
    }

    private static IllegalArgumentException wrong(String name, String cuda, String why) {
        return new IllegalArgumentException("the CUDA expression '" + name + "' is \"" + cuda + "\"; " + why);
    }
}
