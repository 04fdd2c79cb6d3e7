package io.gatun.kernels.cpu;

import io.gatun.kernels.FillKernels;
import io.gatun.memory.Tensor;

/** Works in blocks of elements, since a tensor may have more of them than an int counts. */
final class CpuFill implements FillKernels {
    private static final int BLOCK = 4096;
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final double UNIT = 0x1p-24;

    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask normalBlocks = this::normalBlocks;
    private final WorkerPool.RangeTask castBlocks = this::castBlocks;
    private Tensor in;
    private Tensor out;
    private long seed;
    private float mean;
    private float std;

    CpuFill(Rows rows, WorkerPool pool, Scratch scratch) {
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    @Override
    public void randomNormal(Tensor out, long seed, float mean, float std) {
        Require.contiguous("randomNormal", "out", out);
        this.out = out;
        this.seed = seed;
        this.mean = mean;
        this.std = std;
        pool.run(32 * out.elements(), blocks(out), 1, normalBlocks);
    }

    private void normalBlocks(int from, int to, int thread) {
        float[] own = scratch.own(thread, BLOCK);
        for (int block = from; block < to; block++) {
            long first = (long) block * BLOCK;
            int n = (int) Math.min(BLOCK, out.elements() - first);
            for (int i = 0; i < n; i++) {
                own[i] = mean + std * standardNormal(mix(seed + (first + i) * GOLDEN_GAMMA));
            }
            rows.writeFlat(own, 0, n, out, first);
        }
    }

    /** Box and Muller 1958, from two uniform numbers of 24 bits. */
    private static float standardNormal(long bits) {
        double u1 = ((bits >>> 40) + 0.5) * UNIT;
        double u2 = (bits & 0xffffff) * UNIT;
        return (float) (Math.sqrt(-2 * Math.log(u1)) * Math.cos(2 * Math.PI * u2));
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014, variant 13 of Stafford). */
    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    @Override
    public void cast(Tensor in, Tensor out) {
        Require.contiguous("cast", "in", in);
        Require.contiguous("cast", "out", out);
        if (in.elements() != out.elements()) {
            throw new IllegalArgumentException("cast: out is " + out + " but must have as many elements as in, " + in);
        }
        this.in = in;
        this.out = out;
        pool.run(out.elements(), blocks(out), 1, castBlocks);
    }

    private void castBlocks(int from, int to, int thread) {
        float[] own = scratch.own(thread, BLOCK);
        for (int block = from; block < to; block++) {
            long first = (long) block * BLOCK;
            int n = (int) Math.min(BLOCK, out.elements() - first);
            rows.readFlat(in, first, n, own, 0);
            rows.writeFlat(own, 0, n, out, first);
        }
    }

    private static int blocks(Tensor tensor) {
        return Math.toIntExact(Math.ceilDiv(tensor.elements(), (long) BLOCK));
    }
}
