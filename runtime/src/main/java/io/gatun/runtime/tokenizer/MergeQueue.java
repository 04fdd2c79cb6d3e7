package io.gatun.runtime.tokenizer;

import java.util.Arrays;

/** A binary min-heap of merges ordered by rank, then position. */
final class MergeQueue {
    private long[] heap;
    private int size;

    MergeQueue(int capacity) {
        heap = new long[capacity];
    }

    void add(int rank, int position) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, 2 * size + 1);
        }
        long merge = (long) rank << 32 | position;
        int at = size++;
        while (at > 0 && heap[at - 1 >> 1] > merge) {
            heap[at] = heap[at - 1 >> 1];
            at = at - 1 >> 1;
        }
        heap[at] = merge;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Takes out the least merge: its rank in the upper, its position in the lower 32 bits. */
    long poll() {
        long least = heap[0];
        long last = heap[--size];
        int at = 0;
        for (int child = 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= last) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = last;
        return least;
    }
}
