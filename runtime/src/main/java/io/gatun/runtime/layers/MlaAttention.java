package io.gatun.runtime.layers;

import io.gatun.kernels.AttentionOptions;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.ForwardBatch;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;
import java.util.Optional;
import java.util.function.LongUnaryOperator;

/**
 * Multi-head latent attention (DeepSeek-V2, 2024) in its absorbed form: keys and values are never expanded. The projection that would make a head's keys
 * of a latent is applied to the head's queries instead, and the one for values to what attention makes of the latents. Rows of the projections are put in
 * order at load: all heads' queries before the rotated parts, and these in halves.
 */
public final class MlaAttention implements SelfAttention {
    private static final float EPS = 1e-6f;

    private final LayerContext context;
    private final MlaConfig config;
    private final int layerId;
    private final RotaryEmbedding rotary;
    private final Optional<Compression> qCompression;
    private final Linear qProj;
    private final Linear kvCompressed;
    private final Tensor kvNorm;
    private final Tensor keyWeights;
    private final Tensor valueWeights;
    private final Linear oProj;

    /** What queries pass first, where they are compressed. */
    private record Compression(Linear proj, Tensor norm) {
    }

    /**
     * The attention of one layer, which needs {@link MlaConfig#layerShape()} of the cache.
     *
     * @param rotary angles for {@code config.qkRopeHeadDim()}
     */
    public MlaAttention(MlaConfig config, int layerId, RotaryEmbedding rotary, WeightSource weights) {
        this.context = weights.context();
        this.config = config;
        this.layerId = layerId;
        this.rotary = rotary;
        context.visibility().add(AttentionOptions.NO_WINDOW);
        int hidden = config.hiddenSize();
        int qRank = config.qLoraRank();
        qCompression = qRank == 0 ? Optional.empty()
                : Optional.of(new Compression(Linear.load(weights.scope("q_a_proj"), qRank, hidden, config.bias()),
                        weights.tensor("q_a_layernorm.weight", qRank)));
        qProj = queries(weights.scope(qRank == 0 ? "q_proj" : "q_b_proj"), qRank == 0 ? hidden : qRank);
        kvCompressed = compressed(weights.scope("kv_a_proj_with_mqa"));
        kvNorm = weights.tensor("kv_a_layernorm.weight", config.kvLoraRank());
        var expansion = expansion(weights.scope("kv_b_proj"));
        long keyElements = (long) config.heads() * config.kvLoraRank() * config.qkNopeHeadDim();
        keyWeights = expansion.narrowRows(0, keyElements).view(config.heads(), config.kvLoraRank(), config.qkNopeHeadDim());
        valueWeights = expansion.narrowRows(keyElements, expansion.elements() - keyElements).view(config.heads(), config.vHeadDim(), config.kvLoraRank());
        oProj = Linear.load(weights.scope("o_proj"), hidden, (long) config.heads() * config.vHeadDim(), config.bias());
    }

    @Override
    public Tensor forward(Tensor positions, Tensor hidden, ForwardBatch batch) {
        int heads = config.heads();
        int rank = config.kvLoraRank();
        long tokens = hidden.dim(0);
        var q = qProj.forward(qCompression.map(c -> norm(c.proj.forward(hidden), c.norm)).orElse(hidden));
        var compressed = kvCompressed.forward(hidden);
        var qRope = q.narrowCols((long) heads * config.qkNopeHeadDim(), (long) heads * config.qkRopeHeadDim());
        var kRope = compressed.narrowCols(rank, config.qkRopeHeadDim());
        rotary.forward(positions, qRope, kRope);

        var mla = context.kernels().mla();
        var cache = batch.kvPool().layer(layerId).k();
        mla.write(norm(compressed.narrowCols(0, rank), kvNorm), kRope, batch.outCacheLoc(), cache);
        var qLatent = allocate(tokens, (long) heads * rank);
        context.kernels().linear().linearHeads(q.narrowCols(0, (long) heads * config.qkNopeHeadDim()), keyWeights, qLatent);
        var latents = allocate(tokens, (long) heads * rank);
        switch (batch.mode()) {
            case EXTEND, MIXED -> mla.extend(qLatent, qRope, cache, batch.attention(), config.scale(), latents);
            case DECODE -> mla.decode(qLatent, qRope, cache, batch.attention(), config.scale(), latents);
        }
        var values = allocate(tokens, (long) heads * config.vHeadDim());
        context.kernels().linear().linearHeads(latents, valueWeights, values);
        return oProj.forward(values);
    }

    private Tensor norm(Tensor x, Tensor weight) {
        var out = allocate(x.dim(0), x.dim(1));
        context.kernels().norm().rmsNorm(x, weight, EPS, out);
        return out;
    }

    private Tensor allocate(long rows, long cols) {
        return context.workspace().allocate(context.activationType(), rows, cols);
    }

    /** The projection to all heads' plain parts, then all heads' rotated ones. */
    private Linear queries(WeightSource weights, int in) {
        int nope = config.qkNopeHeadDim();
        int rope = config.qkRopeHeadDim();
        long plain = (long) config.heads() * nope;
        long rows = plain + (long) config.heads() * rope;
        LongUnaryOperator row = i -> i < plain ? i / nope * (nope + rope) + i % nope
                : (i - plain) / rope * (nope + rope) + nope + rotated((i - plain) % rope);
        return Linear.of(context, weights.rearranged("weight", new long[] {rows, in}, in, i -> row.applyAsLong(i) * in).view(rows, in));
    }

    private Linear compressed(WeightSource weights) {
        int rank = config.kvLoraRank();
        int hidden = config.hiddenSize();
        long rows = rank + config.qkRopeHeadDim();
        LongUnaryOperator row = i -> i < rank ? i : rank + rotated(i - rank);
        var weight = weights.rearranged("weight", new long[] {rows, hidden}, hidden, i -> row.applyAsLong(i) * hidden).view(rows, hidden);
        return Linear.of(context, weight, config.bias() ? Optional.of(weights.rearranged("bias", new long[] {rows}, 1, row)) : Optional.empty());
    }

    /** Of each head's rows for keys the transpose, [heads, rank, nope]; behind them the rows for values, [heads, v, rank]. */
    private Tensor expansion(WeightSource weights) {
        int rank = config.kvLoraRank();
        int nope = config.qkNopeHeadDim();
        int v = config.vHeadDim();
        long headRows = nope + v;
        long keys = (long) config.heads() * rank * nope;
        LongUnaryOperator key = i -> (i / (rank * nope) * headRows + i % nope) * rank + i / nope % rank;
        LongUnaryOperator value = i -> (i / (v * rank) * headRows + nope + i / rank % v) * rank + i % rank;
        return weights.rearranged("weight", new long[] {config.heads() * headRows, rank}, 1, i -> i < keys ? key.applyAsLong(i) : value.applyAsLong(i - keys));
    }

    /** Which stored element of a rotated part comes i-th, so that each is half a part away from its pair. */
    private long rotated(long i) {
        long half = config.qkRopeHeadDim() / 2;
        return !config.interleaved() ? i : i < half ? 2 * i : 2 * (i - half) + 1;
    }
}
