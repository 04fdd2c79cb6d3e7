package io.gatun.runtime.multimodal;

/**
 * Where a picture or video stands in a prompt.
 *
 * @param start the position of its first token
 * @param length how many tokens it takes
 */
public record MediaSpan(int start, int length, Modality modality, int[] grid) {

    /** The position after its last token. */
    public int end() {
        return start + length;
    }
}
