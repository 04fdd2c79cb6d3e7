package io.gatun.runtime.multimodal;

import java.util.List;
import java.util.Optional;

/**
 * The pictures of one request.
 *
 * @param items in the order of the prompt
 * @param positions by which its tokens are rotated, where they are not the places in the prompt
 * @param attendsBothWays whether all tokens of a picture see each other
 */
public record MediaInputs(List<MediaItem> items, Optional<MropePositions> positions, boolean attendsBothWays) {
    public MediaInputs {
        items = List.copyOf(items);
    }

    /** The position of the token at {@code place} on an axis. */
    public int position(int axis, int place) {
        return positions.isPresent() ? positions.get().at(axis, place) : place;
    }

    /** Whether one of the tokens from {@code from} to before {@code to} is a picture's. */
    public boolean touches(int from, int to) {
        for (int i = 0; i < items.size(); i++) {
            if (overlaps(items.get(i), from, to)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a picture has tokens between {@code from} and before {@code to}. */
    public static boolean overlaps(MediaItem item, int from, int to) {
        return item.span().start() < to && item.span().end() > from;
    }

    /**
     * Where a step that begins at {@code from} and would end before {@code to} should end instead, so that no picture whose tokens see each other is cut:
     * before the picture, or after it if the step begins within it.
     */
    public int uncut(int from, int to) {
        if (attendsBothWays) {
            for (var item : items) {
                if (item.span().start() < to && item.span().end() > to) {
                    return item.span().start() > from ? item.span().start() : item.span().end();
                }
            }
        }
        return to;
    }
}
