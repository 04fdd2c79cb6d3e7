package io.gatun.jmh;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How fast all processors together read memory: what {@link CpuLinearBenchmark} is measured against. Each thread adds up a segment of its
 * own.
 */
@State(Scope.Thread)
@Threads(Threads.MAX)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class ReadBandwidthBenchmark {
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final int STEP = LONGS.vectorByteSize();
    private static final long BYTES = 256L << 20;

    private Arena arena;
    private MemorySegment segment;

    @Setup(Level.Trial)
    public void allocate() {
        arena = Arena.ofShared();
        segment = arena.allocate(BYTES, 4096).fill((byte) 1);
    }

    @TearDown(Level.Trial)
    public void free() {
        arena.close();
    }

    @Benchmark
    public long sum(Traffic traffic) {
        var a = LongVector.zero(LONGS);
        var b = a;
        var c = a;
        var d = a;
        for (long at = 0; at < BYTES; at += 4L * STEP) {
            a = a.add(load(at));
            b = b.add(load(at + STEP));
            c = c.add(load(at + 2L * STEP));
            d = d.add(load(at + 3L * STEP));
        }
        traffic.gigabytes += BYTES / 1e9;
        return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
    }

    private LongVector load(long at) {
        return LongVector.fromMemorySegment(LONGS, segment, at, ByteOrder.nativeOrder());
    }
}
