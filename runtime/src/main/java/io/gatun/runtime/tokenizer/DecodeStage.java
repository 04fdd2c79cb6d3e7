package io.gatun.runtime.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * One step from tokens to text. A token comes as any number of {@link #text} parts, whole code points each, and an {@link #endToken}; what
 * no later token can change goes to the next stage at once, which makes decoding as a stream and decoding in one go the same thing.
 */
abstract sealed class DecodeStage {

    abstract void text(String part);

    abstract void endToken();

    /** No more tokens follow. */
    abstract void finish();

    /** The end of the chain. */
    static final class Collector extends DecodeStage {
        private final StringBuilder out = new StringBuilder();

        @Override
        void text(String part) {
            out.append(part);
        }

        @Override
        void endToken() {}

        @Override
        void finish() {}

        /** The text since the last call. */
        String take() {
            var text = out.toString();
            out.setLength(0);
            return text;
        }
    }

    /** A stage with one behind it. */
    private abstract static sealed class Inner extends DecodeStage {
        final DecodeStage next;

        Inner(DecodeStage next) {
            this.next = next;
        }

        @Override
        void endToken() {
            next.endToken();
        }

        @Override
        void finish() {
            next.finish();
        }
    }

    /** A stage that needs each token whole. */
    private abstract static sealed class Whole extends Inner {
        private final StringBuilder token = new StringBuilder();

        Whole(DecodeStage next) {
            super(next);
        }

        abstract void token(String text);

        final void emit(String text) {
            next.text(text);
            next.endToken();
        }

        @Override
        final void text(String part) {
            token.append(part);
        }

        @Override
        final void endToken() {
            var text = token.toString();
            token.setLength(0);
            token(text);
        }
    }

    /** All bytes of all tokens are one token of UTF-8. */
    static final class Bytes extends Whole {
        private final StringBuilder complete = new StringBuilder();
        private final Utf8Decoder utf8 = new Utf8Decoder(complete);

        Bytes(DecodeStage next) {
            super(next);
        }

        @Override
        void token(String text) {
            for (byte b : ByteLevel.decode(text)) {
                utf8.push(b);
            }
            drain();
        }

        @Override
        void finish() {
            utf8.flush();
            drain();
            next.endToken();
            next.finish();
        }

        private void drain() {
            next.text(complete.toString());
            complete.setLength(0);
        }
    }

    static final class Replace extends Whole {
        private final Normalizer.Replace replace;

        Replace(DecodeStage next, Normalizer.Replace replace) {
            super(next);
            this.replace = replace;
        }

        @Override
        void token(String text) {
            emit(replace.normalize(Piece.whole(text)).text());
        }
    }

    /** A run of {@code <0x..>} tokens is its UTF-8 text if all of that is well-formed, else one U+FFFD a byte: known when the run ends. */
    static final class ByteFallback extends Whole {
        private final IntList run = new IntList();

        ByteFallback(DecodeStage next) {
            super(next);
        }

        @Override
        void token(String text) {
            var value = byteOf(text);
            if (value.isPresent()) {
                run.add(value.get());
            } else {
                endRun();
                emit(text);
            }
        }

        @Override
        void finish() {
            endRun();
            next.finish();
        }

        private void endRun() {
            if (run.size() == 0) {
                return;
            }
            byte[] bytes = new byte[run.size()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) run.get(i);
            }
            run.clear();
            var text = new String(bytes, StandardCharsets.UTF_8);
            boolean wellFormed = Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes);
            if (wellFormed) {
                emit(text);
            } else {
                for (int i = 0; i < bytes.length; i++) {
                    emit("\uFFFD");
                }
            }
        }

        private static Optional<Integer> byteOf(String token) {
            if (token.length() != 6 || !token.startsWith("<0x") || !token.endsWith(">")) {
                return Optional.empty();
            }
            try {
                return Optional.of(Integer.parseInt(token, 3, 5, 16)).filter(b -> b >= 0);
            } catch (NumberFormatException notHex) {
                return Optional.empty();
            }
        }
    }

    /** All tokens become one. */
    static final class Fuse extends Inner {
        Fuse(DecodeStage next) {
            super(next);
        }

        @Override
        void text(String part) {
            next.text(part);
        }

        @Override
        void endToken() {}

        @Override
        void finish() {
            next.endToken();
            next.finish();
        }
    }

    /** Takes up to {@code start} leading and {@code stop} trailing characters off each token; holds back only what may be trailing. */
    static final class Strip extends Inner {
        private final String content;
        private final int start;
        private final int stop;
        private int toStrip;
        private int held;

        Strip(DecodeStage next, String content, int start, int stop) {
            super(next);
            this.content = content;
            this.start = start;
            this.stop = stop;
            this.toStrip = start;
        }

        @Override
        void text(String part) {
            int from = 0;
            while (toStrip > 0 && from < part.length()) {
                boolean strips = part.startsWith(content, from);
                toStrip = strips ? toStrip - 1 : 0;
                from += strips ? content.length() : 0;
            }
            int to = part.length();
            int trailing = 0;
            while (to > from && part.startsWith(content, to - content.length())) {
                to -= content.length();
                trailing++;
            }
            if (to > from) {
                next.text(content.repeat(held) + part.substring(from, to));
                held = 0;
            }
            held += trailing;
            if (held > stop) {
                next.text(content.repeat(held - stop));
                held = stop;
            }
        }

        @Override
        void endToken() {
            held = 0;
            toStrip = start;
            next.endToken();
        }
    }

    /** Space marks become spaces, and nothing in the first token where encoding had put one there. */
    static final class Metaspace extends Inner {
        private final String replacement;
        private final boolean prepended;
        private boolean first = true;

        Metaspace(DecodeStage next, String replacement, boolean prepended) {
            super(next);
            this.replacement = replacement;
            this.prepended = prepended;
        }

        @Override
        void text(String part) {
            next.text(part.replace(replacement, first && prepended ? "" : " "));
        }

        @Override
        void endToken() {
            first = false;
            next.endToken();
        }
    }

    static final class Spaced extends Inner {
        private String separator = "";

        Spaced(DecodeStage next) {
            super(next);
        }

        @Override
        void text(String part) {
            next.text(separator + part);
            separator = "";
        }

        @Override
        void endToken() {
            separator = " ";
            next.endToken();
        }
    }
}
