package io.gatun.runtime.multimodal;

import java.util.Optional;

/**
 * A prompt as the model reads it.
 *
 * @param ids all tokens, those of pictures included
 * @param keys what prefixes are compared by: the ids, but for a picture's tokens the picture's own id
 * @param media the pictures, if there are any
 */
public record ExpandedPrompt(int[] ids, int[] keys, Optional<MediaInputs> media) {

    /** A prompt of text. */
    public static ExpandedPrompt ofText(int[] ids) {
        return new ExpandedPrompt(ids, ids, Optional.empty());
    }
}
