package io.gatun.runtime.tokenizer;

import java.text.Normalizer.Form;
import java.util.List;

/** Changes the text before it is split. */
sealed interface Normalizer {

    Piece normalize(Piece piece);

    static Normalizer read(Component json) {
        return switch (json.type()) {
            case "Sequence" -> new Sequence(json.children("normalizers").stream().map(Normalizer::read).toList());
            case "Prepend" -> new Prepend(json.text("prepend"));
            case "Replace" -> new Replace(TextPattern.read(json, "pattern"), json.text("content"));
            case "NFC" -> new UnicodeForm(Form.NFC);
            case "NFD" -> new UnicodeForm(Form.NFD);
            case "NFKC" -> new UnicodeForm(Form.NFKC);
            case "NFKD" -> new UnicodeForm(Form.NFKD);
            case "Lowercase" -> new Lowercase();
            case "Strip" -> new Strip(json.flag("strip_left", true), json.flag("strip_right", true));
            case "StripAccents" -> new StripAccents();
            case "ByteLevel" -> new Bytes();
            default -> throw json.unsupportedType(
                    "Sequence, Prepend, Replace, NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, ByteLevel");
        };
    }

    record Sequence(List<Normalizer> normalizers) implements Normalizer {
        @Override
        public Piece normalize(Piece piece) {
            var normalized = piece;
            for (var normalizer : normalizers) {
                normalized = normalizer.normalize(normalized);
            }
            return normalized;
        }
    }

    record Prepend(String prefix) implements Normalizer {
        @Override
        public Piece normalize(Piece piece) {
            return piece.text().isEmpty() ? piece : piece.prepend(prefix);
        }
    }

    record Replace(TextPattern pattern, String content) implements Normalizer {
        @Override
        public Piece normalize(Piece piece) {
            var segments = pattern.segments(piece.text());
            var out = new StringBuilder(piece.text().length());
            int origin = 0;
            int start = 0;
            for (int i = 0; i < segments.count(); i++) {
                int end = segments.end(i);
                if (segments.isMatch(i)) {
                    out.append(content);
                } else {
                    out.append(piece.text(), start, end);
                }
                // Content counts as standing where the last character it replaces stood.
                if (end <= piece.origin()) {
                    origin = out.length();
                } else if (start < piece.origin() && !segments.isMatch(i)) {
                    origin = out.length() - (end - piece.origin());
                }
                start = end;
            }
            return new Piece(out.toString(), origin);
        }
    }

    record UnicodeForm(Form form) implements Normalizer {
        @Override
        public Piece normalize(Piece piece) {
            return java.text.Normalizer.isNormalized(piece.text(), form) ? piece
                    : piece.map(text -> java.text.Normalizer.normalize(text, form));
        }
    }

    record Lowercase() implements Normalizer {
        @Override
        public Piece normalize(Piece piece) {
            return piece.map(Unicode::toLowerCase);
        }
    }

    record Strip(boolean left, boolean right) implements Normalizer {
        @Override
        public Piece normalize(Piece piece) {
            var text = piece.text();
            int start = 0;
            int end = text.length();
            while (left && start < end && Unicode.isWhitespace(text.charAt(start))) {
                start++;
            }
            while (right && end > start && Unicode.isWhitespace(text.charAt(end - 1))) {
                end--;
            }
            return piece.slice(start, end);
        }
    }

    record StripAccents() implements Normalizer {
        @Override
        public Piece normalize(Piece piece) {
            return piece.map(text -> text.codePoints().filter(c -> !Unicode.isMark(c))
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString());
        }
    }

    /** Byte-level already here and not in a pre-tokenizer. */
    record Bytes() implements Normalizer {
        @Override
        public Piece normalize(Piece piece) {
            return piece.map(ByteLevel::encode);
        }
    }
}
