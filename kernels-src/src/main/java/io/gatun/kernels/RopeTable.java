package io.gatun.kernels;

import io.gatun.memory.Tensor;
import java.util.List;

/**
 * Rotations by position.
 *
 * @param cos f32 [P, rotaryDim / 2]
 * @param sin f32 [P, rotaryDim / 2]
 * @param pairing which elements of a head are rotated together
 * @param sections where tokens have a position on each of three axes, time, height and width: how many pairs of a head turn by the first, the second and
 *     the third (Qwen2-VL's M-RoPE); empty where they have one position
 */
public record RopeTable(Tensor cos, Tensor sin, Pairing pairing, List<Integer> sections) {
    public static final int AXES = 3;

    public RopeTable {
        sections = List.copyOf(sections);
        int pairs = sections.stream().mapToInt(Integer::intValue).sum();
        if (!sections.isEmpty() && (sections.size() != AXES || pairs != cos.cols() || sections.stream().anyMatch(s -> s < 0))) {
            throw new IllegalArgumentException("rope: sections " + sections + " of pairs for three axes; they must be three that add up to " + cos.cols());
        }
    }

    /** A table for tokens with one position. */
    public RopeTable(Tensor cos, Tensor sin, Pairing pairing) {
        this(cos, sin, pairing, List.of());
    }

    /** Which elements are rotated together. */
    public enum Pairing {
        /** Element i with i + rotaryDim / 2 (GPT-NeoX, Llama). */
        HALVES,
        /** Element 2i with 2i + 1 (GPT-J, GLM). */
        NEIGHBOURS
    }

    /** The same angles by positions on three axes. */
    public RopeTable withSections(List<Integer> sections) {
        return new RopeTable(cos, sin, pairing, sections);
    }

    /** Whether tokens have positions on three axes. */
    public boolean hasSections() {
        return !sections.isEmpty();
    }

    /** The pairs of a head before this one turn by earlier axes. */
    public int sectionStart(int axis) {
        int start = 0;
        for (int i = 0; i < axis; i++) {
            start += sections.get(i);
        }
        return start;
    }

    /** Elements of a head that are rotated. */
    public int rotaryDim() {
        return 2 * cos.cols();
    }
}
