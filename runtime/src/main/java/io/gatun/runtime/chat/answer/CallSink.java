package io.gatun.runtime.chat.answer;

import java.util.Set;

/** Takes content and tool calls, and leaves out the white space beside a call, which is layout. */
final class CallSink {
    private final Parts parts;
    private final Set<String> tools;
    private final StringBuilder space = new StringBuilder();
    private boolean hasContent;
    private boolean hasCalls;

    /** @param tools the names that may be called */
    CallSink(Parts parts, Set<String> tools) {
        this.parts = parts;
        this.tools = tools;
    }

    boolean knows(String tool) {
        return tools.contains(tool);
    }

    boolean hasCalls() {
        return hasCalls;
    }

    void content(char c) {
        space.append(c);
        if (!Character.isWhitespace(c)) {
            // White space in front of what follows calls alone is layout, too.
            parts.content(hasContent || !hasCalls ? space : String.valueOf(c));
            space.setLength(0);
            hasContent = true;
        }
    }

    void content(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            content(text.charAt(i));
        }
    }

    void begin(String tool) {
        space.setLength(0);
        hasCalls = true;
        parts.begin(tool);
    }

    void arguments(CharSequence json) {
        parts.arguments(json);
    }

    void arguments(char c) {
        parts.arguments(String.valueOf(c));
    }

    void end() {
        if (!hasCalls) {
            parts.content(space);
        }
    }
}
