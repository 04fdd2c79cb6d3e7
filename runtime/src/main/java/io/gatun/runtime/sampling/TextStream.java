package io.gatun.runtime.sampling;

import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.tokenizer.StreamingDecoder;
import io.gatun.runtime.tokenizer.Tokenizer;

public final class TextStream {
    private final StreamingDecoder decoder;

    public TextStream(Tokenizer tokenizer, SamplingParams params) {
        decoder = tokenizer.streamingDecoder(params.skipSpecialTokens());
    }

    public String push(int id) {
        return decoder.push(id);
    }

    public String finish(FinishReason reason) {
        return decoder.flush();
    }
}
