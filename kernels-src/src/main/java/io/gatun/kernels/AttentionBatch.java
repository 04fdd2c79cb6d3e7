package io.gatun.kernels;

import io.gatun.memory.Tensor;
import java.util.Optional;

/**
 * Which tokens of a batch belong to which request, and where their keys and values lie.
 *
 * @param size B, the number of requests
 * @param qoIndptr i32 [B + 1]: request b's new tokens are rows qoIndptr[b] to qoIndptr[b + 1]
 * @param kvLens i32 [B]: tokens of each request, the new ones included
 * @param rows i32 [B]: where each request's pages stand in {@code pageTable}
 * @param pageTable i32 [R, maxPages]: pages in order, a row for each of the requests there may be
 * @param maxQoLen the largest number of new tokens of a request (or a bound)
 * @param maxKvLen the largest of kvLens (or a bound)
 * @param blockEnds i32 [T], ascending within a request: one past the last position in its request of the picture that a new token belongs to, whose tokens
 *     all see each other; for a token of text, one past its own position. Only extending looks at it
 */
public record AttentionBatch(int size, Tensor qoIndptr, Tensor kvLens, Tensor rows, Tensor pageTable, int maxQoLen, int maxKvLen,
        Optional<Tensor> blockEnds) {

    /** A batch in which no token sees later ones. */
    public AttentionBatch(int size, Tensor qoIndptr, Tensor kvLens, Tensor rows, Tensor pageTable, int maxQoLen, int maxKvLen) {
        this(size, qoIndptr, kvLens, rows, pageTable, maxQoLen, maxKvLen, Optional.empty());
    }

    /** The same with pictures whose tokens see each other. */
    public AttentionBatch withBlockEnds(Tensor blockEnds) {
        return new AttentionBatch(size, qoIndptr, kvLens, rows, pageTable, maxQoLen, maxKvLen, Optional.of(blockEnds));
    }
}
