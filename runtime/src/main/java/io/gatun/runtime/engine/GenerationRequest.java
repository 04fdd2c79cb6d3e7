package io.gatun.runtime.engine;

import io.gatun.runtime.sampling.SamplingParams;
import java.util.Optional;

/**
 * A prompt and how to continue it.
 *
 * @param prompt what to continue
 * @param params how
 * @param id to abort it by, and to find it again in results; empty for one that the engine makes up
 */
public record GenerationRequest(Prompt prompt, SamplingParams params, Optional<String> id) {

    /** What to continue. */
    public sealed interface Prompt {
        /** Text, taken as it is: no chat template is applied. */
        record Text(String text) implements Prompt {
        }

        /** Token ids, taken as they are: no begin-of-sequence token is added. */
        record Ids(int[] ids) implements Prompt {
        }
    }

    /** Continues text. */
    public static GenerationRequest of(String prompt, SamplingParams params) {
        return new GenerationRequest(new Prompt.Text(prompt), params, Optional.empty());
    }

    /** Continues token ids. */
    public static GenerationRequest ofIds(int[] prompt, SamplingParams params) {
        return new GenerationRequest(new Prompt.Ids(prompt.clone()), params, Optional.empty());
    }

    /** The same under an id of the caller's, which no request that is running may have. */
    public GenerationRequest withId(String other) {
        return new GenerationRequest(prompt, params, Optional.of(other));
    }
}
