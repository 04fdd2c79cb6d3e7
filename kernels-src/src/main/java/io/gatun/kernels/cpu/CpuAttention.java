package io.gatun.kernels.cpu;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.AttentionKernels;
import io.gatun.kernels.KvCache;
import io.gatun.memory.Tensor;
import java.util.Arrays;

/**
 * Scores of all positions, then their softmax, then the weighted sum of values, page by page in the order of positions: a row's bits depend
 * on its own tokens alone, so prefix, batch and page size make no difference. The query heads that share a key head are computed together.
 */
final class CpuAttention implements AttentionKernels {
    private final Lanes lanes;
    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask extendItems = this::extendItems;
    private final WorkerPool.RangeTask decodeItems = this::decodeItems;
    private Tensor q;
    private KvCache cache;
    private AttentionBatch batch;
    private float scale;
    private Tensor out;

    CpuAttention(Lanes lanes, Rows rows, WorkerPool pool, Scratch scratch) {
        this.lanes = lanes;
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    @Override
    public void writeKv(Tensor k, Tensor v, Tensor slots, KvCache cache) {
        int width = cache.kvHeads() * cache.headDim();
        Require.cols("writeKv", "k", k, width);
        Require.cols("writeKv", "v", v, width);
        Require.rows("writeKv", "v", v, k.rows());
        Require.indices("writeKv", "slots", slots, k.rows());
        long limit = cache.k().dim(0) * cache.pageSize();
        float[] row = scratch.own(0, width);
        for (int t = 0; t < k.rows(); t++) {
            int slot = Require.index("writeKv", "slot", Rows.intAt(slots, t), limit);
            store(k, t, slot, cache, cache.k(), row);
            store(v, t, slot, cache, cache.v(), row);
        }
    }

    private void store(Tensor source, int t, int slot, KvCache cache, Tensor target, float[] row) {
        int headDim = cache.headDim();
        rows.read(source, t, 0, source.cols(), row, 0);
        for (int head = 0; head < cache.kvHeads(); head++) {
            long to = pageStart(cache, slot / cache.pageSize(), head) + (long) slot % cache.pageSize() * headDim;
            rows.writeFlat(row, head * headDim, headDim, target, to);
        }
    }

    @Override
    public void extend(Tensor q, KvCache cache, AttentionBatch batch, float scale, Tensor out) {
        Require.indices("extend", "qoIndptr", batch.qoIndptr(), batch.size() + 1);
        begin("extend", q, cache, batch, scale, out);
        pool.run(work(), q.rows() * cache.kvHeads(), 1, extendItems);
    }

    @Override
    public void decode(Tensor q, KvCache cache, AttentionBatch batch, float scale, Tensor out) {
        Require.rows("decode", "q", q, batch.size());
        begin("decode", q, cache, batch, scale, out);
        pool.run(work(), q.rows() * cache.kvHeads(), 1, decodeItems);
    }

    private void begin(String operation, Tensor q, KvCache cache, AttentionBatch batch, float scale, Tensor out) {
        Require.cols(operation, "out", out, q.cols());
        Require.rows(operation, "out", out, q.rows());
        Require.indices(operation, "kvLens", batch.kvLens(), batch.size());
        Require.indices(operation, "rows", batch.rows(), batch.size());
        Require.indices(operation, "pageTable", batch.pageTable(), 0);
        if (q.cols() % (cache.kvHeads() * cache.headDim()) != 0) {
            throw new IllegalArgumentException(operation + ": q is " + q + " but its columns must be a multiple of " + cache.kvHeads()
                    + " key heads of " + cache.headDim() + " elements");
        }
        this.q = q;
        this.cache = cache;
        this.batch = batch;
        this.scale = scale;
        this.out = out;
    }

    private long work() {
        return 2 * q.elements() * batch.maxKvLen();
    }

    /** Items are key heads by query rows, rows running faster: neighbours read the same keys. */
    private void extendItems(int from, int to, int thread) {
        for (int item = from; item < to; item++) {
            int row = item % q.rows();
            int request = requestOf(row);
            int end = Rows.intAt(batch.qoIndptr(), request + 1);
            attend(row, request, item / q.rows(), Rows.intAt(batch.kvLens(), request) - end + row + 1, thread);
        }
    }

    private void decodeItems(int from, int to, int thread) {
        for (int item = from; item < to; item++) {
            int row = item % q.rows();
            attend(row, row, item / q.rows(), Rows.intAt(batch.kvLens(), row), thread);
        }
    }

    private int requestOf(int row) {
        int low = 0;
        int high = batch.size() - 1;
        while (low < high) {
            int middle = low + high >>> 1;
            if (Rows.intAt(batch.qoIndptr(), middle + 1) > row) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Attention of the heads of one key head in one row over positions 0 to {@code len}. */
    private void attend(int row, int request, int kvHead, int len, int thread) {
        int headDim = cache.headDim();
        int pageSize = cache.pageSize();
        int group = q.cols() / (cache.kvHeads() * headDim);
        int width = group * headDim;
        int queryAt = pageSize * headDim;
        int resultAt = queryAt + width;
        int sumsAt = resultAt + width;
        int scoresAt = sumsAt + group;
        float[] own = scratch.own(thread, scoresAt + Math.multiplyExact(group, len));

        rows.read(q, row, kvHead * width, width, own, queryAt);
        for (int first = 0; first < len; first += pageSize) {
            var k = cache.k();
            long at = pageStart(cache, page(request, first), kvHead) * k.dtype().bytes();
            int n = Math.min(pageSize, len - first);
            lanes.products(own, queryAt, group, k.segment(), k.dtype(), at, n, headDim, own, scoresAt + first, len);
        }
        for (int g = 0; g < group; g++) {
            int at = scoresAt + g * len;
            own[sumsAt + g] = lanes.exp(own, at, len, scale, scale * max(own, at, len));
        }
        Arrays.fill(own, resultAt, resultAt + width, 0);
        for (int first = 0; first < len; first += pageSize) {
            int n = Math.min(pageSize, len - first);
            rows.readFlat(cache.v(), pageStart(cache, page(request, first), kvHead), n * headDim, own, 0);
            for (int g = 0; g < group; g++) {
                lanes.addScaled(own, scoresAt + g * len + first, n, own, headDim, own, resultAt + g * headDim);
            }
        }
        for (int i = 0; len > 0 && i < width; i++) {
            own[resultAt + i] /= own[sumsAt + i / headDim];
        }
        rows.write(own, resultAt, width, out, row, kvHead * width);
    }

    private static float max(float[] x, int at, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    private int page(int request, int position) {
        long row = Require.index("attention", "row", Rows.intAt(batch.rows(), request), batch.pageTable().dim(0));
        long index = row * batch.pageTable().rowStride() + position / cache.pageSize();
        return Require.index("attention", "page", Rows.intAt(batch.pageTable(), index), cache.k().dim(0));
    }

    private static long pageStart(KvCache cache, long page, int kvHead) {
        return (page * cache.kvHeads() + kvHead) * cache.pageSize() * cache.headDim();
    }
}
