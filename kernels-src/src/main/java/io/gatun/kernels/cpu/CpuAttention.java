package io.gatun.kernels.cpu;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.AttentionKernels;
import io.gatun.kernels.AttentionOptions;
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
    private Tensor tail;
    private KvCache cache;
    private AttentionBatch batch;
    private AttentionOptions options;
    private Tensor blockEnds;
    private Tensor out;
    private int group;

    CpuAttention(Lanes lanes, Rows rows, WorkerPool pool, Scratch scratch) {
        this.lanes = lanes;
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    @Override
    public void writeKv(Tensor k, Tensor v, Tensor slots, KvCache cache) {
        Require.cols("writeKv", "k", k, cache.kvHeads() * cache.headDim());
        Require.cols("writeKv", "v", v, cache.kvHeads() * cache.valueDim());
        Require.rows("writeKv", "v", v, k.rows());
        Require.indices("writeKv", "slots", slots, k.rows());
        long limit = cache.k().dim(0) * cache.pageSize();
        float[] row = scratch.own(0, cache.kvHeads() * Math.max(cache.headDim(), cache.valueDim()));
        for (int t = 0; t < k.rows(); t++) {
            int slot = Require.index("writeKv", "slot", Rows.intAt(slots, t), limit);
            store(k, t, slot, cache, cache.k(), row);
            store(v, t, slot, cache, cache.v(), row);
        }
    }

    private void store(Tensor source, int t, int slot, KvCache cache, Tensor target, float[] row) {
        int dim = target.cols();
        rows.read(source, t, 0, source.cols(), row, 0);
        for (int head = 0; head < cache.kvHeads(); head++) {
            rows.writeFlat(row, head * dim, dim, target, rowOf(cache, slot / cache.pageSize(), head, slot % cache.pageSize()) * dim);
        }
    }

    @Override
    public void extend(Tensor q, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out) {
        extend(q, null, cache, batch, options, out);
    }

    /** As the other, each head's query continuing in {@code tail}. Of each head's result as much is kept as {@code out} has columns for. */
    void extend(Tensor q, Tensor tail, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out) {
        Require.indices("extend", "qoIndptr", batch.qoIndptr(), batch.size() + 1);
        blockEnds = batch.blockEnds().orElse(null);
        if (blockEnds != null) {
            Require.indices("extend", "blockEnds", blockEnds, q.rows());
        }
        begin("extend", q, tail, cache, batch, options, out);
        pool.run(work(), q.rows() * cache.kvHeads(), 1, extendItems);
    }

    @Override
    public void decode(Tensor q, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out) {
        decode(q, null, cache, batch, options, out);
    }

    /** As the other, with a tail. */
    void decode(Tensor q, Tensor tail, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out) {
        Require.rows("decode", "q", q, batch.size());
        begin("decode", q, tail, cache, batch, options, out);
        pool.run(work(), q.rows() * cache.kvHeads(), 1, decodeItems);
    }

    private void begin(String operation, Tensor q, Tensor tail, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out) {
        Require.rows(operation, "out", out, q.rows());
        Require.indices(operation, "kvLens", batch.kvLens(), batch.size());
        Require.indices(operation, "rows", batch.rows(), batch.size());
        Require.indices(operation, "pageTable", batch.pageTable(), 0);
        int width = tail == null ? q.cols() : q.cols() + tail.cols();
        if (width % (cache.kvHeads() * cache.headDim()) != 0) {
            throw new IllegalArgumentException(operation + ": q is " + q + (tail == null ? "" : " with " + tail) + " but its columns must be a multiple of "
                    + cache.kvHeads() + " key heads of " + cache.headDim() + " elements");
        }
        int heads = width / cache.headDim();
        if (tail != null) {
            Require.rows(operation, "the tail of q", tail, q.rows());
            Require.cols(operation, "the tail of q", tail, width - (long) heads * (q.cols() / Math.max(1, heads)));
        }
        Require.cols(operation, "out", out, tail == null ? (long) heads * cache.valueDim() : q.cols());
        if (options.sinks().isPresent()) {
            Require.cols(operation, "sinks", options.sinks().get(), heads);
        }
        this.q = q;
        this.tail = tail;
        this.cache = cache;
        this.batch = batch;
        this.options = options;
        this.out = out;
        this.group = heads / cache.kvHeads();
    }

    private long work() {
        return 2L * q.rows() * cache.kvHeads() * group * cache.headDim() * Math.min(batch.maxKvLen(), options.window());
    }

    /** Items are key heads by query rows, rows running faster: neighbours read the same keys. */
    private void extendItems(int from, int to, int thread) {
        for (int item = from; item < to; item++) {
            int row = item % q.rows();
            int request = requestOf(row);
            int kvLen = Rows.intAt(batch.kvLens(), request);
            int position = kvLen - Rows.intAt(batch.qoIndptr(), request + 1) + row;
            int end = blockEnds == null ? position + 1 : Math.clamp(Rows.intAt(blockEnds, row), position + 1, kvLen);
            attend(row, request, item / q.rows(), firstSeen(position), end, thread);
        }
    }

    private void decodeItems(int from, int to, int thread) {
        for (int item = from; item < to; item++) {
            int row = item % q.rows();
            int len = Rows.intAt(batch.kvLens(), row);
            attend(row, row, item / q.rows(), firstSeen(len - 1), len, thread);
        }
    }

    private int firstSeen(int position) {
        return Math.max(0, position - options.window() + 1);
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

    /** Attention of the heads of one key head in one row over the positions {@code first} to {@code len}. */
    private void attend(int row, int request, int kvHead, int first, int len, int thread) {
        int count = len - first;
        int headDim = cache.headDim();
        int valueDim = cache.valueDim();
        int queryAt = cache.pageSize() * valueDim;
        int resultAt = queryAt + group * headDim;
        int sumsAt = resultAt + group * valueDim;
        int sinksAt = sumsAt + group;
        int scoresAt = sinksAt + group;
        float[] own = scratch.own(thread, scoresAt + Math.multiplyExact(group, count));

        readQueries(row, kvHead, own, queryAt);
        for (int at = first, n; at < len; at += n) {
            n = inPage(at, len);
            var k = cache.k();
            lanes.products(own, queryAt, group, k.segment(), k.dtype(), cacheRow(request, at, kvHead) * headDim * k.dtype().bytes(), n, headDim, own,
                    scoresAt + at - first, count);
        }
        if (options.sinks().isPresent()) {
            rows.readFlat(options.sinks().get(), (long) kvHead * group, group, own, sinksAt);
        }
        for (int g = 0; g < group; g++) {
            own[sumsAt + g] = softmax(own, scoresAt + g * count, count, own[sinksAt + g]);
        }
        Arrays.fill(own, resultAt, resultAt + group * valueDim, 0);
        for (int at = first, n; at < len; at += n) {
            n = inPage(at, len);
            rows.readFlat(cache.v(), cacheRow(request, at, kvHead) * valueDim, n * valueDim, own, 0);
            for (int g = 0; g < group; g++) {
                lanes.addScaled(own, scoresAt + g * count + at - first, n, own, valueDim, own, resultAt + g * valueDim);
            }
        }
        for (int i = 0; count > 0 && i < group * valueDim; i++) {
            own[resultAt + i] /= own[sumsAt + i / valueDim];
        }
        if (tail == null) {
            rows.write(own, resultAt, group * valueDim, out, row, kvHead * group * valueDim);
            return;
        }
        int kept = out.cols() / group;
        for (int g = 0; g < group; g++) {
            rows.write(own, resultAt + g * valueDim, kept, out, row, g * kept);
        }
    }

    private void readQueries(int row, int kvHead, float[] own, int at) {
        int headDim = cache.headDim();
        if (tail == null) {
            rows.read(q, row, kvHead * group * headDim, group * headDim, own, at);
            return;
        }
        int front = q.cols() / group;
        for (int g = 0; g < group; g++) {
            rows.read(q, row, g * front, front, own, at + g * headDim);
            rows.read(tail, row, g * (headDim - front), headDim - front, own, at + g * headDim + front);
        }
    }

    /** Turns products into exponentials of scores below the greatest. Returns their sum, with the sink's where there are sinks. */
    private float softmax(float[] own, int at, int n, float sink) {
        float scale = options.scale();
        if (options.hasLogitCap()) {
            cap(own, at, n);
            scale = 1;
        }
        float shift = scale * max(own, at, n);
        float sum = lanes.exp(own, at, n, scale, shift);
        return options.sinks().isPresent() ? sum + (float) Math.exp(sink - shift) : sum;
    }

    /** {@code cap * tanh(score / cap)}, the hyperbolic tangent by an exponential; in doubles, as little is left of small scores. */
    private void cap(float[] own, int at, int n) {
        float cap = options.logitCap();
        lanes.exp(own, at, n, 2 * options.scale() / cap, 0);
        for (int i = at; i < at + n; i++) {
            own[i] = (float) (cap - 2.0 * cap / (own[i] + 1.0));
        }
    }

    private static float max(float[] x, int at, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    /** How many positions from {@code position} on lie in its page. */
    private int inPage(int position, int len) {
        return Math.min(cache.pageSize() - position % cache.pageSize(), len - position);
    }

    /** Where a position's key and value are, counted in rows. */
    private long cacheRow(int request, int position, int kvHead) {
        long row = Require.index("attention", "row", Rows.intAt(batch.rows(), request), batch.pageTable().dim(0));
        long index = row * batch.pageTable().rowStride() + position / cache.pageSize();
        int page = Require.index("attention", "page", Rows.intAt(batch.pageTable(), index), cache.k().dim(0));
        return rowOf(cache, page, kvHead, position % cache.pageSize());
    }

    private static long rowOf(KvCache cache, long page, int kvHead, int offset) {
        return (page * cache.kvHeads() + kvHead) * cache.pageSize() + offset;
    }
}
