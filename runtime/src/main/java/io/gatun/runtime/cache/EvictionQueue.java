package io.gatun.runtime.cache;

import java.util.Arrays;

/** The nodes that can be evicted, the least recently used one first: a binary heap that can find each of its nodes. */
final class EvictionQueue {
    private RadixNode[] heap = new RadixNode[64];
    private int size;

    RadixNode first() {
        return heap[0];
    }

    int size() {
        return size;
    }

    void add(RadixNode node) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, 2 * size);
        }
        up(size++, node);
    }

    void remove(RadixNode node) {
        int index = node.queueIndex;
        node.queueIndex = -1;
        var last = heap[--size];
        heap[size] = null;
        if (last != node) {
            up(index, last);
            down(last);
        }
    }

    private void up(int index, RadixNode node) {
        while (index > 0 && node.lastAccess < heap[(index - 1) / 2].lastAccess) {
            put(index, heap[(index - 1) / 2]);
            index = (index - 1) / 2;
        }
        put(index, node);
    }

    private void down(RadixNode node) {
        int index = node.queueIndex;
        while (true) {
            int child = 2 * index + 1;
            if (child + 1 < size && heap[child + 1].lastAccess < heap[child].lastAccess) {
                child++;
            }
            if (child >= size || heap[child].lastAccess >= node.lastAccess) {
                break;
            }
            put(index, heap[child]);
            index = child;
        }
        put(index, node);
    }

    private void put(int index, RadixNode node) {
        heap[index] = node;
        node.queueIndex = index;
    }
}
