package io.gatun.runtime.tokenizer;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Finds the leftmost, there the longest, of many literal tokens. */
final class TokenTrie {
    private final Node root = new Node();
    private final BitSet firstChars = new BitSet();

    /** Adds {@code token} under {@code form}; of two of the same form the one added first counts, and an empty form is never found. */
    void add(String form, AddedToken token) {
        if (form.isEmpty()) {
            return;
        }
        firstChars.set(form.charAt(0));
        var node = root;
        for (int i = 0; i < form.length(); i++) {
            node = node.next.computeIfAbsent(form.charAt(i), c -> new Node());
        }
        if (node.token.isEmpty()) {
            node.token = Optional.of(token);
        }
    }

    Optional<Match> find(String text, int from) {
        for (int start = from; start < text.length(); start++) {
            if (!firstChars.get(text.charAt(start))) {
                continue;
            }
            var longest = longestAt(text, start);
            if (longest.isPresent()) {
                return longest;
            }
        }
        return Optional.empty();
    }

    private Optional<Match> longestAt(String text, int start) {
        Optional<Match> longest = Optional.empty();
        var node = root.next.get(text.charAt(start));
        for (int end = start + 1; node != null; end++) {
            if (node.token.isPresent()) {
                longest = Optional.of(new Match(start, end, node.token.get()));
            }
            node = end < text.length() ? node.next.get(text.charAt(end)) : null;
        }
        return longest;
    }

    record Match(int start, int end, AddedToken token) {}

    private static final class Node {
        private final Map<Character, Node> next = new HashMap<>();
        private Optional<AddedToken> token = Optional.empty();
    }
}
