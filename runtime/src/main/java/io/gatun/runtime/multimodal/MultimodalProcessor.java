package io.gatun.runtime.multimodal;

import java.util.List;
import java.util.Optional;

/**
 * Brings pictures into the form of one model (SGLang's BaseMultimodalProcessor). It knows the model's configuration and holds no weights; many threads
 * use it at once, none of them the one that drives the device.
 */
public interface MultimodalProcessor {

    /** The text that stands for one picture in a prompt, such as {@code <|image_pad|>}; empty if the model takes none of the kind. */
    Optional<String> placeholder(Modality modality);

    /** The id of the tokens whose embeddings a picture's features replace. */
    int tokenId(Modality modality);

    /**
     * Makes the pictures of one prompt ready for the tower, in order.
     *
     * @throws MediaException if one cannot be taken, as too small a picture
     */
    List<MediaFeature> process(List<MediaInput> inputs);

    /** What stands in the prompt in place of the placeholder: {@code feature.tokens()} tokens of {@link #tokenId}, in one run, and what the model wants around them. */
    String expansion(MediaFeature feature);

    /**
     * Positions by which tokens are rotated, where they are not those in the prompt (M-RoPE).
     *
     * @param length tokens of the prompt
     * @param spans where pictures stand in it, in order
     */
    default Optional<MropePositions> positions(int length, List<MediaSpan> spans) {
        return Optional.empty();
    }

    /** Whether all tokens of a picture see each other, later ones too. */
    default boolean attendsBothWays() {
        return false;
    }

    /** A chat template that takes pictures, for a checkpoint whose own does not. */
    default Optional<String> chatTemplate() {
        return Optional.empty();
    }
}
