package io.gatun.kernels;

import io.gatun.memory.Tensor;

/**
 * Runs of rows that have nothing to do with each other, such as pictures or windows of them.
 *
 * @param cuSeqlens i32 [S + 1], ascending from 0 to the number of rows: run s is rows cuSeqlens[s] to cuSeqlens[s + 1]
 * @param maxLen the longest run's rows
 */
public record Segments(Tensor cuSeqlens, int maxLen) {

    /** S. */
    public int count() {
        return (int) cuSeqlens.elements() - 1;
    }
}
