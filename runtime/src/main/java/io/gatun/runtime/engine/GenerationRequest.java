package io.gatun.runtime.engine;

import io.gatun.runtime.multimodal.Media;
import io.gatun.runtime.sampling.SamplingParams;
import java.util.List;
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
        /**
         * Text, taken as it is: no chat template is applied.
         *
         * @param media what stands for each of the model's placeholders in the text, pictures in order and videos in order
         * @param addSpecialTokens whether the tokenizer's own tokens, such as one for the beginning, are added
         */
        record Text(String text, List<Media> media, boolean addSpecialTokens) implements Prompt {
            public Text {
                media = List.copyOf(media);
            }

            public Text(String text) {
                this(text, List.of(), true);
            }
        }

        /**
         * Token ids, taken as they are: no begin-of-sequence token is added.
         *
         * @param media what stands for each picture's id, or run of ids
         */
        record Ids(int[] ids, List<Media> media) implements Prompt {
            public Ids {
                media = List.copyOf(media);
            }

            public Ids(int[] ids) {
                this(ids, List.of());
            }
        }

        /**
         * What the model's embedding would give (SGLang's input_embeds).
         *
         * @param values a row of the model's hidden size for each token
         */
        record Embeddings(float[] values) implements Prompt {
        }
    }

    /** Continues text. */
    public static GenerationRequest of(String prompt, SamplingParams params) {
        return new GenerationRequest(new Prompt.Text(prompt), params, Optional.empty());
    }

    /** Continues text with pictures or videos in the place of the model's placeholders. */
    public static GenerationRequest of(String prompt, List<Media> media, SamplingParams params) {
        return new GenerationRequest(new Prompt.Text(prompt, media, true), params, Optional.empty());
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
