package io.gatun.runtime.engine;

import io.gatun.runtime.sampling.TextStream;
import java.util.Optional;

/** Turns what comes out of a {@link Generation} into chunks of text, on the thread of whoever asks. */
final class OutputReader {
    private final Generation generation;
    private final String id;
    private final int index;
    private final int promptTokens;
    private final Optional<TextStream> textStream;
    private final StringBuilder text = new StringBuilder();
    private int taken;
    private boolean done;

    OutputReader(Generation generation, String id, int index, int promptTokens, Optional<TextStream> textStream) {
        this.generation = generation;
        this.id = id;
        this.index = index;
        this.promptTokens = promptTokens;
        this.textStream = textStream;
    }

    /** Whether the last chunk was taken. */
    boolean isDone() {
        return done;
    }

    /** Whether {@link #take} has anything to give. Under the lock. */
    boolean isReady() {
        return !done && (generation.size() > taken || generation.hasEnded());
    }

    /**
     * All that came since the last call. Under the lock: turning a few tokens into text takes less than handing it over.
     *
     * @throws RuntimeException what ended the output, if it failed
     */
    GenerationChunk take() {
        if (generation.failure().isPresent()) {
            done = true;
            throw generation.failure().get();
        }
        int[] ids = generation.ids(taken);
        var logprobs = generation.logprobs(taken);
        taken += ids.length;
        var delta = new StringBuilder();
        textStream.ifPresent(stream -> {
            for (int token : ids) {
                delta.append(stream.push(token));
            }
            if (generation.hasEnded()) {
                delta.append(stream.finish());
            }
        });
        text.append(delta);
        done = generation.reason().isPresent();
        return new GenerationChunk(index, delta.toString(), ids, logprobs, generation.reason().map(this::result));
    }

    private GenerationResult result(FinishReason reason) {
        return new GenerationResult(id, text.toString(), generation.ids(0), reason, promptTokens, generation.logprobs(0), generation.promptLogprobs(),
                generation.stats());
    }
}
