package io.gatun.runtime.weights;

import io.gatun.memory.DType;
import io.gatun.memory.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Set;

/** Named tensors on disk. */
public interface Checkpoint extends AutoCloseable {

    /**
     * A tensor as stored.
     *
     * @param file where it stands, for messages
     * @param data its bytes, row-major, little-endian, of any alignment
     */
    record Entry(String file, DType dtype, Shape shape, MemorySegment data) {
    }

    /** Where the tensors come from, for messages. */
    String source();

    /** The names of all tensors. */
    Set<String> names();

    /** The tensor called {@code name}. */
    Optional<Entry> find(String name);

    @Override
    void close();
}
