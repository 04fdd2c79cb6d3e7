package io.gatun.runtime.tokenizer;

import java.util.List;
import java.util.function.Consumer;

/** Cuts normalized text into the words that the model sees one by one; merges never cross a cut. */
sealed interface PreTokenizer {

    /** Hands the non-empty words of {@code piece} on in order. */
    void split(Piece piece, Consumer<Piece> out);

    static PreTokenizer read(Component json) {
        return switch (json.type()) {
            case "Sequence" -> new Sequence(json.children("pretokenizers").stream().map(PreTokenizer::read).toList());
            case "ByteLevel" -> new Bytes(json.flag("add_prefix_space", true), json.flag("use_regex", true));
            case "Split" -> new Split(TextPattern.read(json, "pattern"), SplitBehavior.read(json, SplitBehavior.ISOLATED),
                    json.flag("invert", false));
            case "Metaspace" -> new Metaspace(Character.toString(json.codePoint("replacement")), PrependScheme.read(json),
                    json.flag("split", true));
            case "Digits" -> new Split(new TextPattern.EachCodePoint(Unicode::isNumeric),
                    json.flag("individual_digits", false) ? SplitBehavior.ISOLATED : SplitBehavior.CONTIGUOUS, false);
            case "Punctuation" -> new Split(new TextPattern.EachCodePoint(Unicode::isPunctuation),
                    SplitBehavior.read(json, SplitBehavior.ISOLATED), false);
            case "Whitespace" -> new Split(new TextPattern.Runs(c -> Unicode.isWord(c) ? 1 : Unicode.isWhitespace(c) ? -1 : 0),
                    SplitBehavior.REMOVED, true);
            case "WhitespaceSplit" -> new Split(new TextPattern.EachCodePoint(Unicode::isWhitespace), SplitBehavior.REMOVED, false);
            case "CharDelimiterSplit" -> new Split(new TextPattern.Literal(Character.toString(json.codePoint("delimiter"))),
                    SplitBehavior.REMOVED, false);
            default -> throw json.unsupportedType("Sequence, ByteLevel, Split, Metaspace, Digits, Punctuation, Whitespace, WhitespaceSplit,"
                    + " CharDelimiterSplit");
        };
    }

    record Sequence(List<PreTokenizer> steps) implements PreTokenizer {
        @Override
        public void split(Piece piece, Consumer<Piece> out) {
            if (steps.isEmpty()) {
                out.accept(piece);
            } else {
                var rest = new Sequence(steps.subList(1, steps.size()));
                steps.getFirst().split(piece, word -> rest.split(word, out));
            }
        }
    }

    record Split(TextPattern pattern, SplitBehavior behavior, boolean invert) implements PreTokenizer {
        @Override
        public void split(Piece piece, Consumer<Piece> out) {
            behavior.split(piece, pattern, invert, out);
        }
    }

    record Bytes(boolean addPrefixSpace, boolean useRegex) implements PreTokenizer {
        private static final TextPattern GPT2 = new TextPattern.Regex(OnigurumaRegex.compile(
                "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"));

        @Override
        public void split(Piece piece, Consumer<Piece> out) {
            var spaced = addPrefixSpace && !piece.text().startsWith(" ") ? piece.prepend(" ") : piece;
            if (useRegex) {
                SplitBehavior.ISOLATED.split(spaced, GPT2, false, word -> out.accept(word.map(ByteLevel::encode)));
            } else {
                out.accept(spaced.map(ByteLevel::encode));
            }
        }
    }

    record Metaspace(String replacement, PrependScheme scheme, boolean split) implements PreTokenizer {
        @Override
        public void split(Piece piece, Consumer<Piece> out) {
            var marked = new Piece(piece.text().replace(" ", replacement), piece.origin());
            boolean prepends = scheme == PrependScheme.ALWAYS || scheme == PrependScheme.FIRST && piece.atStart();
            var word = prepends && !marked.text().startsWith(replacement) ? marked.prepend(replacement) : marked;
            if (split) {
                SplitBehavior.MERGED_WITH_NEXT.split(word, new TextPattern.Literal(replacement), false, out);
            } else {
                out.accept(word);
            }
        }
    }
}
