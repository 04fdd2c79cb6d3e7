package io.gatun.runtime.multimodal;

import io.gatun.kernels.Kernels;
import io.gatun.memory.DType;
import io.gatun.memory.Owner;
import io.gatun.memory.Tensor;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Embeddings of pictures on the device, so that a picture passes the tower once for all its chunks and for later requests. The least recently used make
 * room for others; those of the step that is being made stay. Used by the thread that drives the device.
 */
public final class MediaCache implements AutoCloseable {
    private final Owner owner = new Owner();
    private final Kernels kernels;
    private final Tensor table;
    private final int[] free;
    private final Map<MediaKey, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private int available;
    private long step;

    private static final class Entry {
        final int[] rows;
        long step;

        Entry(int[] rows) {
            this.rows = rows;
        }
    }

    /** A cache for {@code capacity} embeddings of {@code hiddenSize} numbers. */
    public MediaCache(Kernels kernels, DType dtype, int capacity, int hiddenSize) {
        this.kernels = kernels;
        table = owner.own(kernels.device().arena("media", 0)).allocate(dtype, capacity, hiddenSize);
        free = new int[capacity];
        for (int i = 0; i < capacity; i++) {
            free[i] = capacity - 1 - i;
        }
        available = capacity;
    }

    /** [capacity, hiddenSize]. */
    public Tensor table() {
        return table;
    }

    /** Embeddings that there is room for. */
    public int capacity() {
        return free.length;
    }

    /** Begins a step: what was held for the one before may make room. */
    public void beginStep() {
        step++;
    }

    /** Where a picture's embeddings lie, if they are there; they stay for this step. */
    public Optional<int[]> hold(MediaKey key) {
        var entry = entries.get(key);
        if (entry == null) {
            return Optional.empty();
        }
        entry.step = step;
        return Optional.of(entry.rows);
    }

    /** Where a picture's embeddings lie that the step holds. */
    public int[] rows(MediaKey key) {
        return hold(key).orElseThrow(() -> new IllegalStateException("the embeddings of a picture in this step are not in the cache"));
    }

    /**
     * Makes a picture's embeddings those in {@code embeddings} [n, hiddenSize].
     *
     * @throws IllegalStateException if the step holds too many to make room
     */
    public void put(MediaKey key, Tensor embeddings, Tensor indices) {
        int count = embeddings.rows();
        makeRoom(count);
        int[] rows = new int[count];
        for (int i = 0; i < count; i++) {
            rows[i] = free[--available];
        }
        indices.copyFrom(rows);
        kernels.embedding().scatterRows(embeddings, indices, table);
        var entry = new Entry(rows);
        entry.step = step;
        entries.put(key, entry);
    }

    /** Forgets all. */
    public void clear() {
        entries.values().forEach(this::release);
        entries.clear();
    }

    @Override
    public void close() {
        owner.close();
    }

    private void makeRoom(int count) {
        Iterator<Entry> eldest = entries.values().iterator();
        while (available < count && eldest.hasNext()) {
            var entry = eldest.next();
            if (entry.step != step) {
                eldest.remove();
                release(entry);
            }
        }
        if (available < count) {
            throw new IllegalStateException("a picture of " + count + " embeddings does not fit into the cache of " + free.length + ", of which this step needs "
                    + (free.length - available));
        }
    }

    private void release(Entry entry) {
        for (int row : entry.rows) {
            free[available++] = row;
        }
    }
}
