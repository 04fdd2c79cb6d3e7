package io.gatun.kernels.cpu;

import io.gatun.memory.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/**
 * Vectors, once they are fast. Until C2 has compiled a loop over vectors each of them is an object, which is some hundred times slower than
 * plain loops. So the first work is done by scalars, with the same results, while a thread in the background runs the vectors until they
 * have overtaken.
 */
final class WarmingLanes implements Lanes {
    private static final int ROWS = 9;
    private static final int COLUMNS = 512;
    /** So many that {@link VectorTiles} reads several rows at once. */
    private static final int MANY_COLUMNS = VectorTiles.SINGLE_ROW_K + COLUMNS;
    private static final int MAX_ROUNDS = 2_000;
    private static final int RUNS = 20;
    private static final int LEAD = 2;

    private final VectorLanes vectors = new VectorLanes();
    private final ScalarLanes scalars = new ScalarLanes(Vectors.F.length());
    private final Set<DType> asked = EnumSet.noneOf(DType.class);
    private final ThreadPoolExecutor background = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
            Thread.ofPlatform().name("gatun-warm-up").daemon().factory());
    private volatile Set<DType> warm = Set.of();

    WarmingLanes() {
        background.allowCoreThreadTimeOut(true);
    }

    @Override
    public String name() {
        return vectors.name();
    }

    @Override
    public void widen(MemorySegment source, DType dtype, long at, float[] target, int targetAt, int n) {
        lanes(dtype).widen(source, dtype, at, target, targetAt, n);
    }

    @Override
    public void widen(MemorySegment source, DType dtype, long at, MemorySegment target, int n) {
        lanes(dtype).widen(source, dtype, at, target, n);
    }

    @Override
    public void products(float[] x, int xAt, int m, MemorySegment w, DType dtype, long wAt, int n, int k,
            float[] out, int outAt, int outStride) {
        lanes(dtype).products(x, xAt, m, w, dtype, wAt, n, k, out, outAt, outStride);
    }

    @Override
    public float dot(float[] a, float[] b, int k) {
        return lanes(DType.F32).dot(a, b, k);
    }

    @Override
    public void addScaled(float[] p, int pAt, int n, float[] v, int d, float[] acc, int accAt) {
        lanes(DType.F32).addScaled(p, pAt, n, v, d, acc, accAt);
    }

    @Override
    public float exp(float[] x, int at, int n, float scale, float shift) {
        return lanes(DType.F32).exp(x, at, n, scale, shift);
    }

    /** Whether work on weights of {@code dtype} is done by vectors by now. */
    boolean isWarm(DType dtype) {
        return warm.contains(dtype);
    }

    private Lanes lanes(DType dtype) {
        if (warm.contains(dtype)) {
            return vectors;
        }
        ask(dtype);
        return scalars;
    }

    private synchronized void ask(DType dtype) {
        if (asked.add(dtype)) {
            background.execute(() -> warmUp(dtype));
        }
    }

    private void warmUp(DType dtype) {
        try (var arena = Arena.ofConfined()) {
            var weights = arena.allocate((long) ROWS * MANY_COLUMNS * dtype.bytes());
            for (int round = 0; round < MAX_ROUNDS; round++) {
                if (LEAD * leastNanos(vectors, weights, dtype) < leastNanos(scalars, weights, dtype)) {
                    publish(dtype);
                    return;
                }
            }
        }
    }

    private synchronized void publish(DType dtype) {
        var more = EnumSet.of(dtype);
        more.addAll(warm);
        warm = Set.copyOf(more);
    }

    /** The least time of several runs, which other work on the machine disturbs little. */
    private static long leastNanos(Lanes lanes, MemorySegment weights, DType dtype) {
        return LongStream.generate(() -> nanos(lanes, weights, dtype)).limit(RUNS).min().orElseThrow();
    }

    /** The time of everything that {@code lanes} does with weights of {@code dtype}. */
    private static long nanos(Lanes lanes, MemorySegment weights, DType dtype) {
        var floats = new float[MANY_COLUMNS];
        var out = new float[2 * ROWS];
        long start = System.nanoTime();
        lanes.products(floats, 0, 1, weights, dtype, 0, ROWS, COLUMNS, out, 0, ROWS);
        lanes.products(floats, 0, 1, weights, dtype, 0, ROWS, MANY_COLUMNS, out, 0, ROWS);
        lanes.products(floats, 0, 2, weights, dtype, 0, ROWS, COLUMNS, out, 0, ROWS);
        if (dtype == DType.F32) {
            lanes.dot(floats, floats, COLUMNS);
            lanes.addScaled(out, 0, 2, floats, COLUMNS, new float[COLUMNS], 0);
            lanes.exp(floats, 0, COLUMNS, 1, 0);
        } else {
            lanes.widen(weights, dtype, 0, floats, 0, COLUMNS);
        }
        return System.nanoTime() - start;
    }
}
