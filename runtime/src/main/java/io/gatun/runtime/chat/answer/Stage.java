package io.gatun.runtime.chat.answer;

/** Reads a text character by character, so that it does not matter in which pieces the text came. */
interface Stage {
    void push(char c);

    /** Takes the end of the text. */
    void end();

    /** Reads the characters of {@code text}. */
    default void pushAll(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            push(text.charAt(i));
        }
    }
}
