package io.gatun.runtime.multimodal;

import java.util.List;

/** What a request gives for one placeholder of its prompt. */
public sealed interface Media {

    Modality modality();

    /** A decoded picture or video. */
    record Decoded(MediaInput input) implements Media {
        @Override
        public Modality modality() {
            return input.modality();
        }
    }

    /**
     * Embeddings that the model's tower, or another, has computed.
     *
     * @param values a row of the model's hidden size for each token
     * @param grid as the model's processor gives it for the picture; a model that has no use for it takes an empty one
     */
    record Embeddings(Modality modality, float[] values, List<Integer> grid) implements Media {
        public Embeddings {
            grid = List.copyOf(grid);
        }
    }

    /** A decoded picture. */
    static Media of(Picture picture) {
        return new Decoded(new MediaInput.Image(picture));
    }
}
