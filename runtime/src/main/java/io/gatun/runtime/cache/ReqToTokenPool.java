package io.gatun.runtime.cache;

import io.gatun.memory.DType;
import io.gatun.memory.Device;
import io.gatun.memory.Tensor;
import io.gatun.memory.TensorArena;

/**
 * The pages of all running requests on the device, a row for each (SGLang's ReqToTokenPool). A step brings new pages alone. Row 0 is kept back for the
 * padding of a batch; its pages are page 0. Not thread-safe.
 */
public final class ReqToTokenPool implements AutoCloseable {
    private final TensorArena arena;
    private final Tensor table;
    private final int[] free;
    private int available;

    /**
     * A table for so many requests.
     *
     * @throws IllegalArgumentException if it would have more elements than an int counts
     */
    public ReqToTokenPool(Device device, int maxRunningRequests, int maxPagesPerRequest) {
        if ((maxRunningRequests + 1L) * maxPagesPerRequest > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a page table for " + maxRunningRequests + " running requests of " + maxPagesPerRequest
                    + " pages each is too large: let fewer run, shorten the context or enlarge the pages");
        }
        free = new int[maxRunningRequests];
        for (int i = 0; i < maxRunningRequests; i++) {
            free[i] = maxRunningRequests - i;
        }
        available = maxRunningRequests;
        arena = device.arena("page table", 0);
        try {
            table = arena.allocate(DType.I32, maxRunningRequests + 1L, maxPagesPerRequest);
            table.narrowRows(0, 1).copyFrom(new int[maxPagesPerRequest]);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** i32 [maxRunningRequests + 1, maxPagesPerRequest]. */
    public Tensor table() {
        return table;
    }

    /** Rows not handed out. */
    public int availableRows() {
        return available;
    }

    /**
     * Hands out a row, from 1 on. What it holds is left from another request.
     *
     * @throws IllegalStateException if none is left
     */
    public int allocate() {
        if (available == 0) {
            throw new IllegalStateException("all " + free.length + " rows of the page table are handed out");
        }
        return free[--available];
    }

    /** Takes a row back. */
    public void release(int row) {
        free[available++] = row;
    }

    /** The element of the table, counted over all rows, that holds page {@code index} of the request in {@code row}. */
    public int element(int row, int index) {
        int maxPages = table.cols();
        if (index >= maxPages) {
            throw new IndexOutOfBoundsException("page " + index + " of a request; the table has room for " + maxPages);
        }
        return row * maxPages + index;
    }

    @Override
    public void close() {
        arena.close();
    }
}
