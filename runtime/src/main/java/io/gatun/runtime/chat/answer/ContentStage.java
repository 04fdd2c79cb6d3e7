package io.gatun.runtime.chat.answer;

/** Takes everything as content. */
final class ContentStage implements Stage {
    private final Parts parts;

    ContentStage(Parts parts) {
        this.parts = parts;
    }

    @Override
    public void push(char c) {
        parts.content(String.valueOf(c));
    }

    @Override
    public void end() {
    }
}
