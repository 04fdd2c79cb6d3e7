package io.gatun.kernels;

import io.gatun.memory.Tensor;

/**
 * Rotations by position.
 *
 * @param cos f32 [P, rotaryDim / 2]
 * @param sin f32 [P, rotaryDim / 2]
 * @param pairing which elements of a head are rotated together
 */
public record RopeTable(Tensor cos, Tensor sin, Pairing pairing) {

    /** Which elements are rotated together. */
    public enum Pairing {
        /** Element i with i + rotaryDim / 2 (GPT-NeoX, Llama). */
        HALVES,
        /** Element 2i with 2i + 1 (GPT-J, GLM). */
        NEIGHBOURS
    }

    /** Elements of a head that are rotated. */
    public int rotaryDim() {
        return 2 * cos.cols();
    }
}
