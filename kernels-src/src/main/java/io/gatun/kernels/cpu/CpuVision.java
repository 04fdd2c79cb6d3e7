package io.gatun.kernels.cpu;

import io.gatun.kernels.Segments;
import io.gatun.kernels.VisionKernels;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Arrays;

/** An item is a head and some query rows of a segment: the head's keys and values are packed, then all scores, their softmax and the sum of values. */
final class CpuVision implements VisionKernels {
    private static final int QUERY_ROWS = 32;
    /** Values that stay in the cache while all query rows pass by. */
    private static final int VALUE_ROWS = 64;

    private final Lanes lanes;
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask attentionItems = this::attentionItems;
    private Tensor q;
    private Tensor k;
    private Tensor v;
    private Tensor cuSeqlens;
    private Tensor out;
    private int tiles;
    private int heads;
    private int headDim;
    private float scale;

    CpuVision(Lanes lanes, Rows rows, WorkerPool pool, Scratch scratch) {
        this.lanes = lanes;
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    @Override
    public void attention(Tensor q, Tensor k, Tensor v, Segments segments, int headDim, float scale, Tensor out) {
        if (q.cols() % headDim != 0) {
            throw new IllegalArgumentException("vision attention: q is " + q + " but its columns must be heads of " + headDim + " elements");
        }
        requireLike("k", k, q);
        requireLike("v", v, q);
        requireLike("out", out, q);
        require(segments, q.rows());
        this.q = q;
        this.k = k;
        this.v = v;
        this.cuSeqlens = segments.cuSeqlens();
        this.out = out;
        this.headDim = headDim;
        this.scale = scale;
        heads = q.cols() / headDim;
        tiles = Math.ceilDiv(segments.maxLen(), QUERY_ROWS);
        pool.run(2 * q.elements() * segments.maxLen(), Math.multiplyExact(segments.count(), heads * tiles), 1, attentionItems);
    }

    private static void requireLike(String name, Tensor tensor, Tensor q) {
        Require.cols("vision attention", name, tensor, q.cols());
        Require.rows("vision attention", name, tensor, q.rows());
    }

    private static void require(Segments segments, int rows) {
        Require.indices("vision attention", "cuSeqlens", segments.cuSeqlens(), 1);
        int[] bounds = segments.cuSeqlens().toInts();
        boolean ascending = bounds[0] == 0 && bounds[bounds.length - 1] == rows;
        for (int s = 1; s < bounds.length; s++) {
            ascending &= bounds[s] >= bounds[s - 1] && bounds[s] - bounds[s - 1] <= segments.maxLen();
        }
        if (!ascending) {
            throw new IllegalArgumentException("vision attention: cuSeqlens are " + Arrays.toString(bounds) + " but must ascend from 0 to the " + rows
                    + " rows of q in steps of at most maxLen, " + segments.maxLen());
        }
    }

    /** Items are tiles by heads by segments, tiles running fastest. */
    private void attentionItems(int from, int to, int thread) {
        for (int item = from; item < to; item++) {
            int segment = item / tiles / heads;
            int start = Rows.intAt(cuSeqlens, segment);
            int len = Rows.intAt(cuSeqlens, segment + 1) - start;
            int first = item % tiles * QUERY_ROWS;
            if (first < len) {
                attend(start, len, start + first, Math.min(QUERY_ROWS, len - first), item / tiles % heads * headDim, thread);
            }
        }
    }

    /** Attention of {@code n} rows to the {@code len} of their segment, in the head that begins at column {@code col}. */
    private void attend(int start, int len, int row, int n, int col, int thread) {
        int queriesAt = VALUE_ROWS * headDim;
        int resultsAt = queriesAt + n * headDim;
        int scoresAt = resultsAt + n * headDim;
        float[] own = scratch.own(thread, Math.addExact(scoresAt, Math.multiplyExact(n, len)));
        var keys = scratch.panel(thread, (long) len * headDim * Float.BYTES);
        for (int i = 0; i < len; i++) {
            lanes.widen(k.segment(), k.dtype(), ((start + i) * k.rowStride() + col) * k.dtype().bytes(),
                    keys.asSlice((long) i * headDim * Float.BYTES), headDim);
        }
        for (int i = 0; i < n; i++) {
            rows.read(q, row + i, col, headDim, own, queriesAt + i * headDim);
        }
        lanes.products(own, queriesAt, n, keys, DType.F32, 0, len, headDim, own, scoresAt, len);
        Arrays.fill(own, resultsAt, scoresAt, 0);
        for (int i = 0; i < n; i++) {
            softmax(own, scoresAt + i * len, len);
        }
        for (int at = 0; at < len; at += VALUE_ROWS) {
            int count = Math.min(VALUE_ROWS, len - at);
            for (int i = 0; i < count; i++) {
                rows.read(v, start + at + i, col, headDim, own, i * headDim);
            }
            for (int i = 0; i < n; i++) {
                lanes.addScaled(own, scoresAt + i * len + at, count, own, headDim, own, resultsAt + i * headDim);
            }
        }
        for (int i = 0; i < n; i++) {
            rows.write(own, resultsAt + i * headDim, headDim, out, row + i, col);
        }
    }

    private void softmax(float[] own, int at, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            max = Math.max(max, own[i]);
        }
        float inverse = 1 / lanes.exp(own, at, n, scale, scale * max);
        for (int i = at; i < at + n; i++) {
            own[i] *= inverse;
        }
    }
}
