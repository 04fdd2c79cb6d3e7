package io.gatun.runtime.tokenizer;

/**
 * Turns ids into text as they come. All that {@link #push} and {@link #flush} return, put together, is what {@link Tokenizer#decode} makes
 * of the same ids. Text is held back while a later id could still change it: an incomplete UTF-8 sequence, a run of byte-fallback tokens,
 * spaces that may be stripped. A code point is never split. For one thread at a time; get one from {@link Tokenizer#streamingDecoder}.
 */
public final class StreamingDecoder {
    private final Tokenizer tokenizer;
    private final boolean skipSpecialTokens;
    private final int[] kept;
    private final DecodeStage.Collector collector = new DecodeStage.Collector();
    private final DecodeStage chain;
    private boolean flushed;

    StreamingDecoder(Tokenizer tokenizer, Decoder decoder, boolean skipSpecialTokens, int[] kept) {
        this.tokenizer = tokenizer;
        this.skipSpecialTokens = skipSpecialTokens;
        this.kept = kept;
        this.chain = decoder.open(collector);
    }

    /**
     * Takes the next id and returns the text it completes, often none. An id that means no token adds nothing.
     *
     * @throws IllegalStateException after {@link #flush}
     */
    public String push(int id) {
        accept(id);
        return collector.take();
    }

    /**
     * Ends the sequence and returns what was held back.
     *
     * @throws IllegalStateException after {@link #flush}
     */
    public String flush() {
        requireOpen();
        flushed = true;
        chain.finish();
        return collector.take();
    }

    void accept(int id) {
        requireOpen();
        if (tokenizer.isToken(id) && !(skipSpecialTokens && tokenizer.isSpecial(id) && !isKept(id))) {
            chain.text(tokenizer.tokenOf(id));
            chain.endToken();
        }
    }

    private boolean isKept(int id) {
        for (int one : kept) {
            if (one == id) {
                return true;
            }
        }
        return false;
    }

    private void requireOpen() {
        if (flushed) {
            throw new IllegalStateException("this StreamingDecoder was flushed; a new sequence needs a new one");
        }
    }
}
