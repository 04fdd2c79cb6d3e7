package io.gatun.kernels;

import java.util.ArrayDeque;

/** What callers may hand to the compiler as one expression. It stands in a macro, which nothing in it may end or go beyond. */
final class CudaExpression {
    private static final int MAX_LENGTH = 4096;
    private static final String OPENING = "([";
    private static final String CLOSING = ")]";
    private static final String FORBIDDEN = ";{}#\\\"'`@$";

    private CudaExpression() {
    }

    /** @throws IllegalArgumentException naming what makes {@code cuda} more, or less, than one expression */
    static void require(String name, String cuda) {
        if (cuda.isBlank() || cuda.length() > MAX_LENGTH) {
            throw wrong(name, cuda, "it must have 1 to " + MAX_LENGTH + " characters, and not blanks alone");
        }
        if (cuda.contains("//") || cuda.contains("/*")) {
            throw wrong(name, cuda, "it must not contain comments");
        }
        var open = new ArrayDeque<Character>();
        for (char c : cuda.toCharArray()) {
            if (Character.isISOControl(c)) {
                throw wrong(name, cuda, "it must not contain line breaks or other control characters");
            }
            if (FORBIDDEN.indexOf(c) >= 0) {
                throw wrong(name, cuda, "it must not contain '" + c + "'");
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
    }

    private static IllegalArgumentException wrong(String name, String cuda, String why) {
        return new IllegalArgumentException("the CUDA expression '" + name + "' is \"" + abbreviated(cuda) + "\"; " + why);
    }

    private static String abbreviated(String cuda) {
        return cuda.length() > MAX_LENGTH ? cuda.substring(0, 60) + "…\" of " + cuda.length() + " characters, \"…" : cuda;
    }
}
