package io.gatun.runtime.tokenizer;

/** A text cut into neighbouring segments, each a match of a pattern or the gap between two. */
final class Segments {
    private final IntList ends = new IntList();
    private final IntList matches = new IntList();
    private int lastEnd;
    private int lastMatchEnd = -1;

    void addMatch(int start, int end) {
        gapTo(start);
        add(end, 1);
        lastMatchEnd = end;
    }

    Segments finish(int length) {
        gapTo(length);
        return this;
    }

    int count() {
        return ends.size();
    }

    int end(int index) {
        return ends.get(index);
    }

    boolean isMatch(int index) {
        return matches.get(index) != 0;
    }

    /** Where the last match ended, −1 before the first. */
    int lastMatchEnd() {
        return lastMatchEnd;
    }

    private void gapTo(int end) {
        if (end > lastEnd) {
            add(end, 0);
        }
    }

    private void add(int end, int match) {
        ends.add(end);
        matches.add(match);
        lastEnd = end;
    }
}
