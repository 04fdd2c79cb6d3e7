package io.gatun.kernels.cuda;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.AttentionKernels;
import io.gatun.kernels.AttentionOptions;
import io.gatun.kernels.KvCache;
import io.gatun.memory.Tensor;

/**
 * {@code attention_extend_invariant.cu} and {@code attention_decode_invariant.cu}: a token gets the same bits whatever else is in the batch and however its
 * prompt was cut.
 */
final class InvariantAttention implements AttentionKernels {
    private static final int WARP = 32;
    private static final int SPLIT = 512;
    private static final int SPLITS_PER_OCTAVE = 8;
    /** Blocks for every multiprocessor, where a batch has fewer without splitting it: some of them find nothing to do. */
    private static final int ENOUGH = 4;

    private final Launcher launcher;
    private final CudaAttention usual;

    InvariantAttention(Launcher launcher) {
        this.launcher = launcher;
        this.usual = new CudaAttention(launcher);
    }

    @Override
    public void writeKv(Tensor k, Tensor v, Tensor slots, KvCache cache) {
        usual.writeKv(k, v, slots, cache);
    }

    @Override
    public void extend(Tensor q, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out) {
        var plan = ExtendPlan.choose(AttentionVariant.of("extend", q, cache, options, out).forBatch(batch), launcher.device().maxSharedBytes());
        long rows = (long) q.rows() * (q.cols() / cache.headDim());
        var shares = launcher.scratch().floats(rows * (cache.valueDim() + 2));
        launcher.kernel(launcher.function(new Extend(plan), Extend::spec)).arg(q).arg(cache.k()).arg(cache.v()).arg(out).arg(batch.pageTable())
                .arg(batch.rows()).arg(batch.qoIndptr()).arg(batch.kvLens()).arg(shares).arg(sums(shares, rows, cache)).arg(q.rowStride())
                .arg(out.rowStride()).arg((int) batch.pageTable().rowStride()).arg(cache.kvHeads()).arg(options.scale())
                .arg(options.window()).arg(options.logitCap()).arg(CudaAttention.sinks(options)).arg(CudaAttention.blockEnds(batch))
                .launch(cache.kvHeads(), batch.size(), Math.ceilDiv(batch.maxQoLen() * plan.attention().group(), plan.blockM()),
                        ExtendPlan.WARPS * WARP, plan.sharedBytes());
    }

    @Override
    public void decode(Tensor q, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out) {
        var attention = AttentionVariant.of("decode", q, cache, options, out);
        long pairs = Math.max(1, (long) batch.size() * gridX(attention, cache));
        int blocks = Math.clamp(ENOUGH * launcher.device().multiprocessors() / pairs, 1, splits(batch.maxKvLen(), options.window()));
        decode(blocks, q, cache, batch, options, out);
    }

    /** Decodes with the splits of a request dealt out to {@code blocks} blocks. */
    void decode(int blocks, Tensor q, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out) {
        var attention = AttentionVariant.of("decode", q, cache, options, out);
        var plan = ExtendPlan.choose(attention, launcher.device().maxSharedBytes()).forDecode();
        int maxSplits = blocks == 1 ? 1 : splits(batch.maxKvLen(), options.window());
        long rows = (long) batch.size() * maxSplits * (q.cols() / cache.headDim());
        var shares = launcher.scratch().floats(rows * (cache.valueDim() + 2));
        var arrived = launcher.scratch().counters((long) batch.size() * gridX(attention, cache));
        launcher.kernel(launcher.function(new Decode(plan), Decode::spec)).arg(q).arg(cache.k()).arg(cache.v()).arg(out).arg(batch.pageTable())
                .arg(batch.rows()).arg(batch.kvLens()).arg(shares).arg(sums(shares, rows, cache)).arg(arrived).arg(q.rowStride()).arg(out.rowStride())
                .arg((int) batch.pageTable().rowStride()).arg(cache.kvHeads()).arg(maxSplits).arg(options.scale()).arg(options.window())
                .arg(options.logitCap()).arg(CudaAttention.sinks(options))
                .launch(gridX(attention, cache), batch.size(), blocks, ExtendPlan.WARPS * WARP, plan.sharedBytes());
    }

    /** How many splits so many positions touch: of 512 up to 4096, then eight an octave. The kernel has the same. */
    static int splits(int length) {
        int octave = SPLIT * SPLITS_PER_OCTAVE;
        int size = SPLIT;
        int splits = 0;
        while (length > octave) {
            splits += SPLITS_PER_OCTAVE;
            length -= octave;
            octave = splits == SPLITS_PER_OCTAVE ? octave : 2 * octave;
            size = octave / SPLITS_PER_OCTAVE;
        }
        return Math.max(1, splits + Math.ceilDiv(length, size));
    }

    /** How many splits the last {@code window} of so many positions touch, at most. */
    static int splits(int length, int window) {
        return window >= length ? splits(length) : Math.min(splits(length), 1 + Math.ceilDiv(window, SPLIT));
    }

    private static int gridX(AttentionVariant attention, KvCache cache) {
        return cache.kvHeads() * Math.ceilDiv(attention.group(), ExtendPlan.WARPS * 16);
    }

    private static long sums(Tensor shares, long rows, KvCache cache) {
        return shares.address() + rows * cache.valueDim() * Float.BYTES;
    }

    private record Extend(ExtendPlan plan) {
        KernelSpec spec() {
            return plan.extendInvariantSpec();
        }
    }

    private record Decode(ExtendPlan plan) {
        KernelSpec spec() {
            return plan.decodeInvariantSpec();
        }
    }
}
