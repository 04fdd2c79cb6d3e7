package io.gatun.runtime.tokenizer;

import java.util.Optional;

/**
 * Remembers the ids of words, one word a slot, a new one taking the place of the old. Threads share it without locks: an entry is immutable
 * and a lost write only costs encoding the word again.
 */
final class WordCache {
    private static final int SLOTS = 1 << 15;
    private static final int LONGEST_WORD = 128;

    private final Entry[] slots = new Entry[SLOTS];

    Optional<int[]> get(String word) {
        var entry = slots[slot(word)];
        return entry != null && entry.word.equals(word) ? Optional.of(entry.ids) : Optional.empty();
    }

    void put(String word, int[] ids) {
        if (word.length() <= LONGEST_WORD) {
            slots[slot(word)] = new Entry(word, ids);
        }
    }

    private static int slot(String word) {
        int hash = word.hashCode() * 0x9E3779B9;
        return hash >>> 17;
    }

    private record Entry(String word, int[] ids) {}
}
