package io.gatun.runtime.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/** Byte-pair encoding: a word starts as its characters, then the pair of neighbours of lowest rank merges until none does. */
final class Bpe {
    private static final int UNKNOWN = -1;

    private final Options options;
    private final Map<String, Integer> vocabulary;
    private final MergeTable merges;
    private final int[] idOfBmpChar = new int[0x10000];
    private final int[] idOfByte = new int[256];
    private final WordCache cache = new WordCache();

    /**
     * @param unkToken     stands for characters outside the vocabulary; without one they vanish
     * @param fuseUnk      neighbouring unknown characters share one unknown token
     * @param byteFallback characters outside the vocabulary become {@code <0x..>} tokens where those exist
     * @param ignoreMerges a word that is a token is that token, whatever the merges would make of it
     * @param prefix       what characters carry in front that do not begin a word
     * @param suffix       what the last character of a word carries behind
     */
    record Options(Optional<String> unkToken, boolean fuseUnk, boolean byteFallback, boolean ignoreMerges, String prefix, String suffix) {}

    Bpe(Map<String, Integer> vocabulary, MergeTable merges, Options options) {
        this.vocabulary = vocabulary;
        this.merges = merges;
        this.options = options;
        Arrays.fill(idOfBmpChar, UNKNOWN);
        vocabulary.forEach((token, id) -> {
            if (token.length() == 1) {
                idOfBmpChar[token.charAt(0)] = id;
            }
        });
        for (int b = 0; b < 256; b++) {
            idOfByte[b] = vocabulary.getOrDefault("<0x" + HexFormat.of().withUpperCase().toHexDigits((byte) b) + ">", UNKNOWN);
        }
    }

    Map<String, Integer> vocabulary() {
        return vocabulary;
    }

    void encode(String word, IntList out) {
        var cached = cache.get(word);
        if (cached.isPresent()) {
            out.addAll(cached.get());
            return;
        }
        boolean whole = options.ignoreMerges && vocabulary.containsKey(word);
        int[] ids = whole ? new int[] {vocabulary.get(word)} : merge(symbols(word));
        cache.put(word, ids);
        out.addAll(ids);
    }

    private int[] symbols(String word) {
        var symbols = new IntList();
        boolean unknownPending = false;
        for (int at = 0, end; at < word.length(); at = end) {
            int c = word.codePointAt(at);
            end = at + Character.charCount(c);
            boolean last = end == word.length();
            int id = symbol(c, at == 0, last);
            if (id != UNKNOWN) {
                if (unknownPending) {
                    symbols.add(unknownId());
                    unknownPending = false;
                }
                symbols.add(id);
                continue;
            }
            // As in the original, an unknown token waits for the next known character, even past bytes.
            boolean asBytes = options.byteFallback && addBytes(spelling(c, at == 0, last), symbols);
            if (!asBytes && options.unkToken.isPresent()) {
                if (unknownPending && !options.fuseUnk) {
                    symbols.add(unknownId());
                }
                unknownPending = true;
            }
        }
        if (unknownPending) {
            symbols.add(unknownId());
        }
        return symbols.toArray();
    }

    private int symbol(int c, boolean first, boolean last) {
        boolean bare = (first || options.prefix.isEmpty()) && (!last || options.suffix.isEmpty());
        if (bare && c < idOfBmpChar.length) {
            return idOfBmpChar[c];
        }
        return vocabulary.getOrDefault(spelling(c, first, last), UNKNOWN);
    }

    private String spelling(int c, boolean first, boolean last) {
        return (first ? "" : options.prefix) + Character.toString(c) + (last ? options.suffix : "");
    }

    private boolean addBytes(String text, IntList symbols) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (byte b : bytes) {
            if (idOfByte[b & 0xFF] == UNKNOWN) {
                return false;
            }
        }
        for (byte b : bytes) {
            symbols.add(idOfByte[b & 0xFF]);
        }
        return true;
    }

    private int unknownId() {
        var token = options.unkToken.orElseThrow();
        var id = vocabulary.get(token);
        if (id == null) {
            throw new TokenizerException("the text has a character outside the vocabulary, and unk_token '" + token + "' is not in it");
        }
        return id;
    }

    /** Merges in place over a doubly linked list; a symbol merged into its left neighbour is marked −1. */
    private int[] merge(int[] symbols) {
        int n = symbols.length;
        int[] next = new int[n];
        int[] previous = new int[n];
        var queue = new MergeQueue(n);
        for (int i = 0; i < n; i++) {
            next[i] = i + 1;
            previous[i] = i - 1;
        }
        for (int i = 0; i + 1 < n; i++) {
            offer(queue, symbols, i, i + 1);
        }
        int left = n;
        while (!queue.isEmpty()) {
            long merge = queue.poll();
            int at = (int) merge;
            int right = symbols[at] < 0 ? n : next[at];
            int rank = right == n ? -1 : merges.rank(symbols[at], symbols[right]);
            if (rank < 0 || merges.mergedId(rank) != merges.mergedId((int) (merge >>> 32))) {
                continue;
            }
            symbols[at] = merges.mergedId(rank);
            symbols[right] = -1;
            left--;
            next[at] = next[right];
            if (next[at] < n) {
                previous[next[at]] = at;
                offer(queue, symbols, at, next[at]);
            }
            if (previous[at] >= 0) {
                offer(queue, symbols, previous[at], at);
            }
        }
        if (left == n) {
            return symbols;
        }
        int[] merged = new int[left];
        for (int i = 0, at = 0; i < left; i++, at = next[at]) {
            merged[i] = symbols[at];
        }
        return merged;
    }

    private void offer(MergeQueue queue, int[] symbols, int left, int right) {
        int rank = merges.rank(symbols[left], symbols[right]);
        if (rank >= 0) {
            queue.add(rank, left);
        }
    }
}
