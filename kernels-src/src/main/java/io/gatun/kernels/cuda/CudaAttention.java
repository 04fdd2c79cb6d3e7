package io.gatun.kernels.cuda;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.AttentionKernels;
import io.gatun.kernels.AttentionOptions;
import io.gatun.kernels.KvCache;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** {@code kv_write.cu}, {@code attention_extend.cu}, {@code attention_extend_wgmma.cu} and {@code attention_decode.cu}. */
final class CudaAttention implements AttentionKernels {
    private static final int WRITE_THREADS = 256;
    private static final int WARP = 32;

    private final Launcher launcher;
    private final TensorMaps maps = new TensorMaps();

    CudaAttention(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void writeKv(Tensor k, Tensor v, Tensor slots, KvCache cache) {
        int vec = Math.min(Vectors.width(cache.headDim(), k, v), Vectors.width(cache.valueDim(), k, v));
        var variant = new Write(k.dtype(), cache.headDim(), cache.valueDim(), cache.pageSize(), vec);
        launcher.kernel(launcher.function(variant, Write::spec)).arg(k).arg(v).arg(cache.k()).arg(cache.v()).arg(slots)
                .arg(k.rowStride()).arg(v.rowStride()).arg(cache.kvHeads()).launch(k.rows(), WRITE_THREADS, 0);
    }

    @Override
    public void extend(Tensor q, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out) {
        var attention = AttentionVariant.of("extend", q, cache, options, out).forBatch(batch);
        var wgmma = ExtendWgmmaPlan.choose(attention, launcher.device().computeCapability());
        if (wgmma.isPresent()) {
            extend(wgmma.get(), q, cache, batch, options, out);
        } else {
            extend(ExtendPlan.choose(attention, launcher.device().maxSharedBytes()), q, cache, batch, options, out);
        }
    }

    /** Extends by Hopper's kernel, which must be able to do it. */
    void extend(ExtendWgmmaPlan plan, Tensor q, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out) {
        if (q.rows() == 0) {
            return;
        }
        int tiles = plan.tiles(batch.size(), batch.maxQoLen(), cache.kvHeads());
        launcher.kernel(launcher.function(plan, ExtendWgmmaPlan::spec)).argByValue(maps.ofActivation(q, plan.tokens()))
                .argByValue(maps.ofWeight(cache.k(), plan.cacheRows())).argByValue(maps.ofWeight(cache.v(), plan.cacheRows())).arg(out)
                .arg(batch.pageTable()).arg(batch.rows()).arg(batch.qoIndptr()).arg(batch.kvLens()).arg(launcher.scratch().counters(1)).arg(out.rowStride())
                .arg((int) batch.pageTable().rowStride()).arg(batch.size()).arg(cache.kvHeads()).arg(options.scale()).arg(options.window())
                .arg(options.logitCap()).arg(sinks(options)).launch(Math.min(tiles, launcher.device().multiprocessors()), plan.threads(), plan.sharedBytes());
    }

    /** Extends by the kernel for every GPU. */
    void extend(ExtendPlan plan, Tensor q, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out) {
        launcher.kernel(launcher.function(plan, ExtendPlan::spec)).arg(q).arg(cache.k()).arg(cache.v()).arg(out).arg(batch.pageTable())
                .arg(batch.rows()).arg(batch.qoIndptr()).arg(batch.kvLens()).arg(q.rowStride()).arg(out.rowStride())
                .arg((int) batch.pageTable().rowStride()).arg(cache.kvHeads()).arg(options.scale()).arg(options.window())
                .arg(options.logitCap()).arg(sinks(options)).arg(blockEnds(batch)).launch(cache.kvHeads(), batch.size(),
                        Math.ceilDiv(batch.maxQoLen() * plan.attention().group(), plan.blockM()), ExtendPlan.WARPS * WARP, plan.sharedBytes());
    }

    @Override
    public void decode(Tensor q, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out) {
        var attention = AttentionVariant.of("decode", q, cache, options, out);
        int seen = Math.min(batch.maxKvLen(), options.window());
        decode(DecodePlan.choose(attention, batch.size(), cache.kvHeads(), seen, launcher.device().multiprocessors()), q, cache, batch, options, out);
    }

    /** Decodes by a certain plan. */
    void decode(DecodePlan plan, Tensor q, KvCache cache, AttentionBatch batch, AttentionOptions options, Tensor out) {
        var arrived = launcher.scratch().counters(plan.pairs());
        var partials = launcher.scratch().floats(plan.partialOutputs() + plan.partialSums());
        launcher.kernel(launcher.function(plan.attention(), AttentionVariant::decodeSpec)).arg(q).arg(cache.k()).arg(cache.v()).arg(out)
                .arg(batch.pageTable()).arg(batch.rows()).arg(batch.kvLens()).arg(partials).arg(partials.address() + plan.partialOutputs() * Float.BYTES)
                .arg(arrived).arg(q.rowStride()).arg(out.rowStride()).arg((int) batch.pageTable().rowStride()).arg(cache.kvHeads())
                .arg(plan.splitSize()).arg(options.scale()).arg(options.window()).arg(options.logitCap()).arg(sinks(options))
                .launch(plan.splits(), plan.gridY(), plan.batch(), plan.attention().decodeWarps() * WARP, plan.sharedBytes());
    }

    /** The address of the sinks, or 0 where there are none. */
    static long sinks(AttentionOptions options) {
        return options.sinks().isPresent() ? options.sinks().get().address() : 0;
    }

    /** The address of what a batch may have. */
    static long blockEnds(AttentionBatch batch) {
        return batch.blockEnds().isPresent() ? batch.blockEnds().get().address() : 0;
    }

    private record Write(DType type, int headDim, int valueDim, int pageSize, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("kv_write", "kv_write").with("T", type).with("HEAD_DIM", headDim).with("VALUE_DIM", valueDim).with("PAGE_SIZE", pageSize)
                    .with("VEC", vec);
        }
    }
}
