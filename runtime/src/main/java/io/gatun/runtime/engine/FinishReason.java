package io.gatun.runtime.engine;

import java.util.Optional;
import java.util.OptionalInt;

/** Why an output ended. */
public sealed interface FinishReason {
    /** As many tokens came as were asked for, or as the context holds. */
    Length LENGTH = new Length();

    /** SGLang's word for it: {@code stop}, {@code length} or {@code abort}. */
    String type();

    /**
     * A token or a string ended it. An end-of-sequence token counts as a stop token.
     *
     * @param matchedId the token, where it was one
     * @param matchedText the string, where it was one
     */
    record Stop(OptionalInt matchedId, Optional<String> matchedText) implements FinishReason {
        /** Ended by a token. */
        public static Stop atId(int id) {
            return new Stop(OptionalInt.of(id), Optional.empty());
        }

        /** Ended by a string. */
        public static Stop atText(String text) {
            return new Stop(OptionalInt.empty(), Optional.of(text));
        }

        @Override
        public String type() {
            return "stop";
        }
    }

    /** See {@link #LENGTH}. */
    record Length() implements FinishReason {
        @Override
        public String type() {
            return "length";
        }
    }

    /**
     * It was aborted.
     *
     * @param message why
     */
    record Abort(String message) implements FinishReason {
        @Override
        public String type() {
            return "abort";
        }
    }
}
