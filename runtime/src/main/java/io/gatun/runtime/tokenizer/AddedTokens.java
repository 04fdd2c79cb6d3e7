package io.gatun.runtime.tokenizer;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** Finds added tokens in a text: first those meant for the text as it came, then, in the normalized rest, those meant for that. */
final class AddedTokens {
    private final TokenTrie raw = new TokenTrie();
    private final TokenTrie normalized = new TokenTrie();
    private final Optional<Normalizer> normalizer;

    /** @param tokens in the order of their precedence where two have the same normalized form */
    AddedTokens(List<AddedToken> tokens, Optional<Normalizer> normalizer) {
        this.normalizer = normalizer;
        for (var token : tokens) {
            if (token.normalized()) {
                normalized.add(normalize(Piece.whole(token.content())).text(), token);
            } else {
                raw.add(token.content(), token);
            }
        }
    }

    /** Hands on the ids of the tokens found and the normalized, non-empty text between them, in order. */
    void split(String text, IntConsumer onToken, Consumer<Piece> onText) {
        split(Piece.whole(text), raw, onToken, piece -> split(normalize(piece), normalized, onToken, onText));
    }

    private Piece normalize(Piece piece) {
        return normalizer.map(n -> n.normalize(piece)).orElse(piece);
    }

    private static void split(Piece piece, TokenTrie trie, IntConsumer onToken, Consumer<Piece> onText) {
        var text = piece.text();
        int done = 0;
        for (var match = trie.find(text, 0); match.isPresent(); match = trie.find(text, match.get().end())) {
            var token = match.get().token();
            int start = match.get().start();
            int end = match.get().end();
            if (token.singleWord() && (endsWithWord(text, start) || startsWithWord(text, end))) {
                continue;
            }
            if (token.lstrip()) {
                start = whitespaceStart(text, start);
            }
            if (token.rstrip()) {
                end = whitespaceEnd(text, end);
            }
            if (start > done) {
                onText.accept(piece.slice(done, start));
            }
            onToken.accept(token.id());
            done = end;
        }
        if (done < text.length()) {
            onText.accept(piece.slice(done, text.length()));
        }
    }

    private static boolean endsWithWord(String text, int end) {
        return end > 0 && Unicode.isWord(text.codePointBefore(end));
    }

    private static boolean startsWithWord(String text, int start) {
        return start < text.length() && Unicode.isWord(text.codePointAt(start));
    }

    private static int whitespaceStart(String text, int end) {
        int start = end;
        while (start > 0 && Unicode.isWhitespace(text.charAt(start - 1))) {
            start--;
        }
        return start;
    }

    private static int whitespaceEnd(String text, int start) {
        int end = start;
        while (end < text.length() && Unicode.isWhitespace(text.charAt(end))) {
            end++;
        }
        return end;
    }
}
