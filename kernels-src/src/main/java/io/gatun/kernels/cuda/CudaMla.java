package io.gatun.kernels.cuda;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.MlaKernels;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** {@code mla_write.cu} and {@code attention_mla.cu}. */
final class CudaMla implements MlaKernels {
    private static final int WRITE_THREADS = 128;
    private static final int MIN_SPLIT = 128;

    private final Launcher launcher;
    private final boolean deterministic;

    /** @param deterministic whether a token's bits must not depend on what else is in the batch and on how its prompt was cut */
    CudaMla(Launcher launcher, boolean deterministic) {
        this.launcher = launcher;
        this.deterministic = deterministic;
    }

    @Override
    public void write(Tensor latent, Tensor rope, Tensor slots, Tensor cache) {
        if (latent.cols() + rope.cols() != cache.cols() || latent.dtype() != cache.dtype() || rope.dtype() != cache.dtype()) {
            throw new IllegalArgumentException("mla: latents are " + latent + " and rotated keys " + rope + " but side by side they must fit the cache "
                    + cache);
        }
        int vec = Math.min(Vectors.width(latent.cols(), latent, rope), Vectors.width(rope.cols(), latent, rope));
        launcher.kernel(launcher.function(new Write(latent.dtype(), latent.cols(), rope.cols(), vec), Write::spec)).arg(latent).arg(rope).arg(cache)
                .arg(slots).arg(latent.rowStride()).arg(rope.rowStride()).launch(latent.rows(), WRITE_THREADS, 0);
    }

    @Override
    public void extend(Tensor qLatent, Tensor qRope, Tensor cache, AttentionBatch batch, float scale, Tensor out) {
        var plan = plan(qLatent, qRope, cache, out);
        launch(plan, 1, Math.ceilDiv(batch.maxQoLen() * plan.heads(), plan.blockRows()), batch.qoIndptr().address(), qLatent, qRope, cache, batch, scale, out);
    }

    @Override
    public void decode(Tensor qLatent, Tensor qRope, Tensor cache, AttentionBatch batch, float scale, Tensor out) {
        var plan = plan(qLatent, qRope, cache, out);
        long pairs = Math.max(1, (long) batch.size() * Math.ceilDiv(plan.heads(), plan.blockRows()));
        decode(Math.clamp(launcher.device().multiprocessors() / pairs, 1, maxSplits(batch)), qLatent, qRope, cache, batch, scale, out);
    }

    /** Decodes with the splits of a request dealt out to {@code blocks} blocks. */
    void decode(int blocks, Tensor qLatent, Tensor qRope, Tensor cache, AttentionBatch batch, float scale, Tensor out) {
        var plan = plan(qLatent, qRope, cache, out);
        launch(plan, blocks, Math.ceilDiv(plan.heads(), plan.blockRows()), 0, qLatent, qRope, cache, batch, scale, out);
    }

    private MlaPlan plan(Tensor qLatent, Tensor qRope, Tensor cache, Tensor out) {
        return MlaPlan.choose(qLatent, qRope, cache, out, deterministic, launcher.device().maxSharedBytes());
    }

    private int maxSplits(AttentionBatch batch) {
        return deterministic ? InvariantAttention.splits(batch.maxKvLen()) : Math.max(1, Math.ceilDiv(batch.maxKvLen(), MIN_SPLIT));
    }

    private void launch(MlaPlan plan, int blocks, int gridX, long qoIndptr, Tensor qLatent, Tensor qRope, Tensor cache, AttentionBatch batch, float scale,
            Tensor out) {
        int shares = blocks == 1 ? 1 : maxSplits(batch);
        boolean saved = deterministic || blocks > 1;
        long rows = saved ? (long) qLatent.rows() * shares * plan.heads() : 0;
        var floats = launcher.scratch().floats(rows * plan.shareFloats());
        var arrived = launcher.scratch().counters((long) batch.size() * gridX);
        launcher.kernel(launcher.function(plan, MlaPlan::spec)).arg(qLatent).arg(qRope).arg(cache).arg(out).arg(batch.pageTable()).arg(batch.rows())
                .arg(qoIndptr).arg(batch.kvLens()).arg(floats).arg(floats.address() + rows * plan.rank() * Float.BYTES).arg(arrived)
                .arg(qLatent.rowStride()).arg(qRope.rowStride()).arg(out.rowStride()).arg((int) batch.pageTable().rowStride()).arg(shares).arg(MIN_SPLIT)
                .arg(scale).launch(gridX, batch.size(), blocks, plan.threads(), plan.sharedBytes());
    }

    private record Write(DType type, int rank, int rope, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("mla_write", "mla_write").with("T", type).with("RANK", rank).with("ROPE", rope).with("VEC", vec);
        }
    }
}
