// Linear layer on Hopper's warpgroup tensor cores: out[m,n] = x[m,k] · w[n,k]^T (+ bias[n]), any m.
//
// The weights are always the 64-row operand and the tokens the N of wgmma, so that one kernel serves 9 tokens and 8192. A producer warp
// keeps a ring of STAGES tiles of both operands filled by TMA; WARPGROUPS consumer warpgroups own 64 weight rows each of the block's tile
// of ROWS x TOKENS.
// SPLIT_K == 1: a persistent grid walks the tiles. SPLIT_K > 1: a cluster shares the k of one tile, and each of its blocks adds up its
// share of the tokens from everyone's shared memory in rank order, so the result depends on sizes alone.
//
// Macros: T (bf16, f16), OUT (T or f32), TOKENS (16, 32, 64, 96, 128, 192, 256), STAGES, SPLIT_K (1, 2, 4, 8), WARPGROUPS (1, 2),
// HAS_BIAS (0, 1).
// Demands k % 8 == 0, 16-byte aligned rows of x and w. Tensor maps: 2-D of T, 128-byte swizzle, w [n, k] with box ROWS x 64, x [m, k]
// with box TOKENS x 64.
// Launch: block 128 * WARPGROUPS + 32; grid min(tiles, SMs) with tiles = divUp(n, ROWS) * divUp(m, TOKENS), or tiles * SPLIT_K where
// SPLIT_K > 1; dynamic shared memory 1024 + max(STAGES * (ROWS + TOKENS) * 128, SPLIT_K > 1 ? TOKENS * (ROWS + 4) * 4 : 0).
#include "tma.cuh"
#include "wgmma.cuh"

constexpr int ROWS = 64 * WARPGROUPS;
constexpr int DEPTH = 64;
constexpr int CONSUMERS = 128 * WARPGROUPS;
constexpr int WEIGHT_BYTES = ROWS * DEPTH * 2;
constexpr int STAGE_BYTES = WEIGHT_BYTES + TOKENS * DEPTH * 2;
constexpr int GROUP = 8;  // token tiles walked together, so that a wave of blocks re-reads both operands from L2
constexpr int PARTIAL_STRIDE = ROWS + 4;
constexpr int STAGING_BYTES = 512;

struct Tile { int row, token; };

DEVICE Tile tileAt(int index, int rowTiles, int tokenTiles) {
    const int group = index / (GROUP * rowTiles), first = group * GROUP, size = min(GROUP, tokenTiles - first);
    const int within = index - first * rowTiles;
    return {within / size * ROWS, (first + within % size) * TOKENS};
}

struct Ring {
    u32 stages, full, empty;
    int stage = 0;
    u32 phase = 0;
    DEVICE u32 weights() const { return stages + stage * STAGE_BYTES; }
    DEVICE u32 tokens() const { return weights() + WEIGHT_BYTES; }
    DEVICE u32 filled() const { return full + stage * 8; }
    DEVICE u32 freed(int s) const { return empty + s * 8; }
    DEVICE void advance() {
        if (++stage == STAGES) stage = 0, phase ^= 1;
    }
};

// One k range of a tile: sum += w tile · x tile^T for this warpgroup's 64 rows.
DEVICE void multiply(float (&sum)[TOKENS / 2], Ring& ring, int blocks, int warpgroup, int lane) {
    int previous = -1;
    for (int i = 0; i < blocks; i++) {
        barrierWait(ring.filled(), ring.phase);
        const u64 a = matrixDescriptor(ring.weights() + warpgroup * (WEIGHT_BYTES / WARPGROUPS)), b = matrixDescriptor(ring.tokens());
        wgmmaFence();
#pragma unroll
        for (int step = 0; step < DEPTH / 16; step++) wgmma<TOKENS>(sum, a + 2 * step, b + 2 * step);
        wgmmaCommit();
        wgmmaWait<1>();
        if (previous >= 0 && lane == 0) barrierArrive(ring.freed(previous));
        previous = ring.stage;
        ring.advance();
    }
    wgmmaWait<0>();
    if (previous >= 0 && lane == 0) barrierArrive(ring.freed(previous));
}

DEVICE float biasAt(const T* bias, int row, int n) { return HAS_BIAS && row < n ? toFloat(bias[row]) : 0.f; }

// This warp's 16 weight rows from `row` on, tokens from `token` on, as fp32 straight from registers: eight lanes fill a sector.
DEVICE void storeTile(const float (&sum)[TOKENS / 2], u32, float* out, i64 outStride, const T* bias, int row, int token, int m, int n,
                      int lane) {
    const int g = lane / 4, t = lane % 4;
    const float biasLow = biasAt(bias, row + g, n), biasHigh = biasAt(bias, row + 8 + g, n);
#pragma unroll
    for (int i = 0; i < TOKENS / 2; i++) {
        const int r = row + g + i % 4 / 2 * 8, c = token + i / 4 * 8 + 2 * t + i % 2;
        if (r < n && c < m) out[c * outStride + r] = sum[i] + (i % 4 < 2 ? biasLow : biasHigh);
    }
}

// The same as 16-bit numbers: turned round in the warp's own STAGING_BYTES of shared memory, 16 tokens at a time, stored 16 bytes a lane.
template <typename O>
DEVICE void storeTile(const float (&sum)[TOKENS / 2], u32 staging, O* out, i64 outStride, const T* bias, int row, int token, int m, int n,
                      int lane) {
    const float biasLow = biasAt(bias, row + lane / 4, n), biasHigh = biasAt(bias, row + 8 + lane / 4, n);
    const bool vectors = ((u64(out) | u64(outStride * 2)) & 15) == 0;
    auto at = [&](int token, int half) { return staging + token * 32 + ((half ^ token / 4 % 2) << 4); };
    const int r = row + lane % 2 * 8;
#pragma unroll
    for (int j = 0; j < TOKENS / 16; j++) {
        const float* s = sum + j * 8;
        const u32 packed[4] = {pack2<O>(s[0] + biasLow, s[1] + biasLow), pack2<O>(s[2] + biasHigh, s[3] + biasHigh),
                               pack2<O>(s[4] + biasLow, s[5] + biasLow), pack2<O>(s[6] + biasHigh, s[7] + biasHigh)};
        storeMatrixTransposed(at(lane / 16 * 8 + lane % 8, lane / 8 % 2), packed);
        __syncwarp();
        const uint4 x = loadShared16(at(lane / 2, lane % 2));
        __syncwarp();
        const int c = token + j * 16 + lane / 2;
        if (c >= m) continue;
        O* p = out + c * outStride + r;
        if (vectors && r + 8 <= n) {
            *reinterpret_cast<uint4*>(p) = x;
        } else {
            const u32 pairs[4] = {x.x, x.y, x.z, x.w};
#pragma unroll
            for (int e = 0; e < 8; e++)
                if (r + e < n) p[e] = O{u16(pairs[e / 2] >> e % 2 * 16)};
        }
    }
}

// This block's share of the tile's tokens, added up over the cluster.
DEVICE void reduceTile(u32 partial, u32 rank, const T* bias, OUT* out, i64 outStride, Tile tile, int m, int n) {
    constexpr int SHARE = TOKENS / SPLIT_K;
    const bool vectors = (u64(out) | u64(outStride * sizeof(OUT))) % (4 * sizeof(OUT)) == 0;
    for (int i = threadIdx.x; i < SHARE * ROWS / 4; i += CONSUMERS) {
        const int token = rank * SHARE + i / (ROWS / 4), row = i % (ROWS / 4) * 4;
        float4 total = {};
#pragma unroll
        for (int r = 0; r < SPLIT_K; r++) {
            const float4 x = loadFromRank(partial + (token * PARTIAL_STRIDE + row) * 4, r);
            total.x += x.x, total.y += x.y, total.z += x.z, total.w += x.w;
        }
        const float totals[4] = {total.x, total.y, total.z, total.w};
        Vec<OUT, 4> values;
#pragma unroll
        for (int j = 0; j < 4; j++) values[j] = fromFloat<OUT>(totals[j] + biasAt(bias, tile.row + row + j, n));
        if (tile.token + token >= m) continue;
        OUT* p = out + (tile.token + token) * outStride + tile.row + row;
        if (vectors && tile.row + row + 4 <= n) {
            store(p, values);
        } else {
#pragma unroll
            for (int j = 0; j < 4; j++)
                if (tile.row + row + j < n) p[j] = values[j];
        }
    }
}

KERNEL __cluster_dims__(SPLIT_K, 1, 1) __launch_bounds__(CONSUMERS + 32, 1)
gemm_wgmma(const __grid_constant__ TensorMap x, const __grid_constant__ TensorMap w, const T* __restrict__ bias, OUT* __restrict__ out,
           i64 outStride, i32 m, i32 n, i32 k) {
    extern __shared__ u8 dynamicShared[];
    __shared__ u64 barriers[2 * STAGES];
    __shared__ alignas(16) u8 staging[SPLIT_K == 1 && sizeof(OUT) == 2 ? CONSUMERS / 32 * STAGING_BYTES : 16];
    releaseNextKernel();
    const u32 warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    const u32 stages = (sharedAddress(dynamicShared) + 1023) & ~1023u;
    Ring ring{stages, sharedAddress(barriers), sharedAddress(barriers + STAGES)};
    if (threadIdx.x == 0) {
        for (int s = 0; s < STAGES; s++) {
            barrierInit(ring.full + s * 8, 1);
            barrierInit(ring.empty + s * 8, CONSUMERS / 32);
        }
        barrierInitFence();
    }
    __syncthreads();

    const int rowTiles = divUp(n, ROWS), tokenTiles = divUp(m, TOKENS), tiles = rowTiles * tokenTiles;
    const u32 rank = blockIdx.x % SPLIT_K;
    const int depthBlocks = divUp(k, DEPTH), share = divUp(depthBlocks, SPLIT_K);
    const int firstBlock = rank * share, blocks = max(0, min(share, depthBlocks - firstBlock));

    if (warp == CONSUMERS / 32) {
        if (lane == 0) {
            prefetchMap(x);
            prefetchMap(w);
            // The first weights are on their way before the previous kernel ends, whose output x may be.
            const Tile begin = tileAt(blockIdx.x / SPLIT_K, rowTiles, tokenTiles);
            const int early = min(blocks, STAGES);
            for (int i = 0; i < early; i++) {
                const u32 filled = ring.full + i * 8;
                barrierExpect(filled, STAGE_BYTES);
                copyBox(ring.stages + i * STAGE_BYTES, w, (firstBlock + i) * DEPTH, begin.row, filled);
            }
            waitForPreviousKernel();
            int piece = 0;
            for (int index = blockIdx.x / SPLIT_K; index < tiles; index += gridDim.x / SPLIT_K) {
                const Tile tile = tileAt(index, rowTiles, tokenTiles);
                for (int i = 0; i < blocks; i++, piece++) {
                    if (piece >= early) {
                        barrierWait(ring.freed(ring.stage), ring.phase ^ 1);
                        barrierExpect(ring.filled(), STAGE_BYTES);
                        copyBox(ring.weights(), w, (firstBlock + i) * DEPTH, tile.row, ring.filled());
                    }
                    copyBox(ring.tokens(), x, (firstBlock + i) * DEPTH, tile.token, ring.filled());
                    ring.advance();
                }
            }
        }
        __syncwarp();
        if constexpr (SPLIT_K > 1) {
            clusterSync();
            clusterSync();
        }
    } else {
        for (int index = blockIdx.x / SPLIT_K; index < tiles; index += gridDim.x / SPLIT_K) {
            const Tile tile = tileAt(index, rowTiles, tokenTiles);
            float sum[TOKENS / 2] = {};
            multiply(sum, ring, blocks, warp / 4, lane);
            if constexpr (SPLIT_K == 1) {
                storeTile(sum, sharedAddress(staging) + warp * STAGING_BYTES, out, outStride, bias, tile.row + warp * 16, tile.token, m, n,
                          lane);
            } else {
                // Both warpgroups are done with the ring that the partials overwrite.
                asm volatile("bar.sync 1, %0;" ::"n"(CONSUMERS) : "memory");
                float* partial = reinterpret_cast<float*>(dynamicShared + (stages - sharedAddress(dynamicShared)));
#pragma unroll
                for (int i = 0; i < TOKENS / 2; i++)
                    partial[(i / 4 * 8 + 2 * (lane % 4) + i % 2) * PARTIAL_STRIDE + warp * 16 + i % 4 / 2 * 8 + lane / 4] = sum[i];
                clusterSync();
                reduceTile(stages, rank, bias, out, outStride, tile, m, n);
                clusterSync();  // no block leaves while another reads its partials
            }
        }
    }
}
