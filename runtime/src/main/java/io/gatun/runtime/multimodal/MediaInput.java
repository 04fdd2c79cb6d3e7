package io.gatun.runtime.multimodal;

import java.util.List;

/** What a processor is given in the place of one placeholder. */
public sealed interface MediaInput {

    Modality modality();

    /** One picture. */
    record Image(Picture picture) implements MediaInput {
        @Override
        public Modality modality() {
            return Modality.IMAGE;
        }
    }

    /**
     * Pictures that follow each other.
     *
     * @param frames at least one, all of one size
     * @param fps frames a second
     */
    record Video(List<Picture> frames, double fps) implements MediaInput {
        public Video {
            frames = List.copyOf(frames);
        }

        @Override
        public Modality modality() {
            return Modality.VIDEO;
        }
    }
}
