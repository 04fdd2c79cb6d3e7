package io.gatun.kernels.cpu;

import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.AttentionOptions;
import io.gatun.kernels.KvCache;
import io.gatun.kernels.MlaKernels;
import io.gatun.memory.Tensor;

/** Attention with one key head whose values are its keys, of which only the latent part is kept. */
final class CpuMla implements MlaKernels {
    private final CpuAttention attention;
    private final Rows rows;
    private final Scratch scratch;

    CpuMla(CpuAttention attention, Rows rows, Scratch scratch) {
        this.attention = attention;
        this.rows = rows;
        this.scratch = scratch;
    }

    @Override
    public void write(Tensor latent, Tensor rope, Tensor slots, Tensor cache) {
        int rank = latent.cols();
        Require.cols("mla", "cache", cache, rank + rope.cols());
        Require.rows("mla", "rope", rope, latent.rows());
        Require.indices("mla", "slots", slots, latent.rows());
        float[] row = scratch.own(0, cache.cols());
        for (int t = 0; t < latent.rows(); t++) {
            int slot = Require.index("mla", "slot", Rows.intAt(slots, t), cache.rows());
            rows.read(latent, t, 0, rank, row, 0);
            rows.read(rope, t, 0, rope.cols(), row, rank);
            rows.write(row, 0, cache.cols(), cache, slot, 0);
        }
    }

    @Override
    public void extend(Tensor qLatent, Tensor qRope, Tensor cache, AttentionBatch batch, float scale, Tensor out) {
        attention.extend(qLatent, qRope, new KvCache(cache, cache), batch, AttentionOptions.of(scale), out);
    }

    @Override
    public void decode(Tensor qLatent, Tensor qRope, Tensor cache, AttentionBatch batch, float scale, Tensor out) {
        attention.decode(qLatent, qRope, new KvCache(cache, cache), batch, AttentionOptions.of(scale), out);
    }
}
