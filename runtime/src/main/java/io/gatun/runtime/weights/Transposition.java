package io.gatun.runtime.weights;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Exchanges rows and columns of a matrix in host memory. */
final class Transposition {
    /** Rows and columns that are moved together, so that both sides stay in the first-level cache. */
    private static final int TILE = 32;

    private Transposition() {
    }

    /**
     * Writes a matrix {@code [rows, cols]} as {@code [cols, rows]}.
     *
     * @param bytes of an element, 2 or 4
     */
    static void transpose(MemorySegment source, int bytes, long rows, long cols, MemorySegment target) {
        for (long row0 = 0; row0 < rows; row0 += TILE) {
            for (long col0 = 0; col0 < cols; col0 += TILE) {
                long rowEnd = Math.min(rows, row0 + TILE);
                long colEnd = Math.min(cols, col0 + TILE);
                for (long col = col0; col < colEnd; col++) {
                    for (long row = row0; row < rowEnd; row++) {
                        if (bytes == 2) {
                            target.setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, col * rows + row,
                                    source.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, row * cols + col));
                        } else {
                            target.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, col * rows + row,
                                    source.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, row * cols + col));
                        }
                    }
                }
            }
        }
    }
}
