package io.gatun.memory;

import java.util.Map;
import java.util.TreeMap;

/** Bytes allocated from a device, by arena name, now and at most. Thread-safe. */
public final class MemoryLedger {
    private final Map<String, Long> live = new TreeMap<>();
    private long total;
    private long peak;

    synchronized void add(String arena, long bytes) {
        live.merge(arena, bytes, Long::sum);
        live.remove(arena, 0L);
        total += bytes;
        peak = Math.max(peak, total);
    }

    /** Live bytes of each arena that holds any; empty once every arena is closed. */
    public synchronized Map<String, Long> liveByArena() {
        return Map.copyOf(live);
    }

    /** The sum of all live bytes. */
    public synchronized long liveBytes() {
        return total;
    }

    /** The largest sum of live bytes so far. */
    public synchronized long peakBytes() {
        return peak;
    }
}
