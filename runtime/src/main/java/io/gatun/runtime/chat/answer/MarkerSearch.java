package io.gatun.runtime.chat.answer;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Looks for markers in a text that comes character by character, holding back what may become one. None of the markers begins another. */
final class MarkerSearch {
    private final List<String> markers;
    private final Consumer<String> text;
    private final StringBuilder held = new StringBuilder();

    /** @param text is told what is certain not to be part of a marker */
    MarkerSearch(List<String> markers, Consumer<String> text) {
        this.markers = markers;
        this.text = text;
    }

    /** Takes the next character and gives the marker that it completes. */
    Optional<String> push(char c) {
        if (held.isEmpty() && !begins(c)) {
            text.accept(String.valueOf(c));
            return Optional.empty();
        }
        held.append(c);
        int from = 0;
        while (from < held.length() && !mayBecome(held.substring(from))) {
            from++;
        }
        release(from);
        var found = markers.stream().filter(marker -> marker.contentEquals(held)).findFirst();
        found.ifPresent(marker -> held.setLength(0));
        return found;
    }

    /** Gives up what is held back. */
    void end() {
        release(held.length());
    }

    private boolean begins(char c) {
        for (var marker : markers) {
            if (marker.charAt(0) == c) {
                return true;
            }
        }
        return false;
    }

    private boolean mayBecome(String beginning) {
        return markers.stream().anyMatch(marker -> marker.startsWith(beginning));
    }

    private void release(int length) {
        if (length > 0) {
            text.accept(held.substring(0, length));
            held.delete(0, length);
        }
    }
}
