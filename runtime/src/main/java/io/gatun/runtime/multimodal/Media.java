package io.gatun.runtime.multimodal;

import io.gatun.runtime.multimodal.source.ImageSource;
import java.nio.file.Path;
import java.util.List;

/** What a request gives for one placeholder of its prompt. */
public sealed interface Media {

    Modality modality();

    /** A picture, wherever it is to be had. */
    record Image(ImageSource source) implements Media {
        @Override
        public Modality modality() {
            return Modality.IMAGE;
        }
    }

    /**
     * Pictures that follow each other.
     *
     * @param fps frames a second
     */
    record Video(List<ImageSource> frames, double fps) implements Media {
        public Video {
            frames = List.copyOf(frames);
        }

        @Override
        public Modality modality() {
            return Modality.VIDEO;
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
        return new Image(new ImageSource.Decoded(picture));
    }

    /** The picture in a file. */
    static Media of(Path file) {
        return new Image(new ImageSource.LocalFile(file));
    }
}
