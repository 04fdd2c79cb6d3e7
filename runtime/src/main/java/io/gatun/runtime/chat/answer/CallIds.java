package io.gatun.runtime.chat.answer;

import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/** Ids of tool calls: {@code call_} and 24 hexadecimal digits, or, since Mistral's templates refuse others, 9 letters and digits. */
final class CallIds implements Supplier<String> {
    private static final String HEX = "0123456789abcdef";
    private static final String ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private final RandomGenerator random;
    private final boolean isShort;

    CallIds(RandomGenerator random, boolean isShort) {
        this.random = random;
        this.isShort = isShort;
    }

    @Override
    public String get() {
        return isShort ? draw(ALPHANUMERIC, 9) : "call_" + draw(HEX, 24);
    }

    private String draw(String alphabet, int length) {
        return random.ints(length, 0, alphabet.length()).mapToObj(i -> alphabet.substring(i, i + 1)).collect(Collectors.joining());
    }
}
