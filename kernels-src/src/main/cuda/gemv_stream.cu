// Linear layer for a few tokens on Hopper and later: out[m,n] = x[m,k] · w[n,k]^T (+ bias[n]), m <= 8.
//
// A persistent block takes every gridDim.x-th tile of ROWS rows. One warp keeps a ring of STAGES pieces of them, ROWS x DEPTH, filled by bulk copies
// that run ahead over the ends of tiles and, being of weights, over the end of the previous kernel: memory is never idle. WARPS warps multiply by
// mma.m16n8k16 as gemv.cu does, a lane taking 8 consecutive k of a row at a time; each has its own share of every piece's k, and their partial sums
// meet in shared memory in warp order, whatever m is.
//
// Macros: T (bf16, f16), OUT (T or f32), WARPS, STEPS (32 k each that a warp takes of a piece), ROW_TILES (16-row tiles of a piece), STAGES,
// HAS_BIAS (0, 1). Demands k % 8 == 0 and 16-byte aligned rows of x and w.
// Launch: grid min(divUp(n, ROWS), SMs), block 32 * WARPS + 32, dynamic shared memory STAGES * STAGE_BYTES.
#include "tma.cuh"

static_assert(sizeof(T) == 2, "gemv_stream feeds 16-bit tensor cores");
constexpr int TOKENS = 8;
constexpr int ROWS = 16 * ROW_TILES;
constexpr int SHARE = 32 * STEPS;  // k of a piece that a warp takes
constexpr int DEPTH = SHARE * WARPS;
constexpr int ROW_BYTES = DEPTH * 2 + 64;  // the two rows that eight lanes read at once lie in different halves of the banks
constexpr int STAGE_BYTES = ROWS * ROW_BYTES;

// 16 * i bytes from global to shared memory in the background, of which `barrier` learns; L2 may forget them first.
DEVICE void copyBulk(u32 shared, const void* global, u32 bytes, u32 barrier, u64 policy) {
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint [%0], [%1], %2, [%3], %4;"
                 ::"r"(shared), "l"(global), "r"(bytes), "r"(barrier), "l"(policy) : "memory");
}

// x is another kernel's output: not a load that may move above the wait for it.
DEVICE uint4 loadOrdered(const T* p) {
    uint4 x;
    asm volatile("ld.global.v4.u32 {%0,%1,%2,%3}, [%4];" : "=r"(x.x), "=r"(x.y), "=r"(x.z), "=r"(x.w) : "l"(p) : "memory");
    return x;
}

struct Ring {
    u32 stages, full, empty;
    int stage = 0;
    u32 phase = 0;
    DEVICE u32 piece() const { return stages + stage * STAGE_BYTES; }
    DEVICE u32 filled() const { return full + stage * 8; }
    DEVICE u32 freed() const { return empty + stage * 8; }
    DEVICE void advance() {
        if (++stage == STAGES) stage = 0, phase ^= 1;
    }
};

DEVICE void produce(Ring ring, const T* w, int n, int k, int lane) {
    u64 evictFirst;
    asm("createpolicy.fractional.L2::evict_first.b64 %0, 1.0;" : "=l"(evictFirst));
    for (int row0 = blockIdx.x * ROWS; row0 < n; row0 += gridDim.x * ROWS)
        for (int k0 = 0; k0 < k; k0 += DEPTH) {
            const u32 bytes = min(DEPTH, k - k0) * 2;
            barrierWait(ring.freed(), ring.phase ^ 1);
            if (lane == 0) barrierExpect(ring.filled(), ROWS * bytes);
            __syncwarp();
            for (int r = lane; r < ROWS; r += 32)
                copyBulk(ring.piece() + r * ROW_BYTES, w + i64(min(row0 + r, n - 1)) * k + k0, bytes, ring.filled(), evictFirst);
            ring.advance();
        }
}

KERNEL __launch_bounds__(32 * WARPS + 32, 1)
gemv_stream(const T* x, i64 xStride, const T* __restrict__ w, const T* __restrict__ bias, OUT* __restrict__ out, i64 outStride, i32 m, i32 n, i32 k) {
    extern __shared__ __align__(128) u8 pieces[];
    __shared__ u64 barriers[2 * STAGES];
    __shared__ float partial[2][WARPS][TOKENS][ROWS + 1];  // of two tiles, so that one meeting of the warps a tile suffices
    releaseNextKernel();
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    Ring ring{sharedAddress(pieces), sharedAddress(barriers), sharedAddress(barriers + STAGES)};
    if (threadIdx.x == 0) {
        for (int s = 0; s < STAGES; s++) {
            barrierInit(ring.full + s * 8, 1);
            barrierInit(ring.empty + s * 8, WARPS);
        }
        barrierInitFence();
    }
    __syncthreads();
    if (warp == WARPS) {
        produce(ring, w, n, k, lane);
        return;
    }

    const int g = lane / 4, t = lane % 4, first = warp * SHARE + t * 8;
    const T* const xLane = x + g * xStride + first;
    const uint4 zero = {0, 0, 0, 0};
    const auto fetch = [&](uint4(&values)[STEPS], int k0) {
#pragma unroll
        for (int s = 0; s < STEPS; s++) values[s] = g < m && k0 + first + s * 32 < k ? loadOrdered(xLane + k0 + s * 32) : zero;
    };
    waitForPreviousKernel();
    uint4 next[STEPS];
    fetch(next, 0);
    int buffer = 0;
    for (int row0 = blockIdx.x * ROWS; row0 < n; row0 += gridDim.x * ROWS, buffer ^= 1) {
        float sum[ROW_TILES][4] = {};
        for (int k0 = 0; k0 < k; k0 += DEPTH) {
            uint4 values[STEPS];
#pragma unroll
            for (int s = 0; s < STEPS; s++) values[s] = next[s];
            fetch(next, k0 + DEPTH < k ? k0 + DEPTH : 0);
            barrierWait(ring.filled(), ring.phase);
            const u32 piece = ring.piece() + g * ROW_BYTES + first * 2;
#pragma unroll
            for (int s = 0; s < STEPS; s++) {
                const bool exists = k0 + first + s * 32 < k;  // else the piece holds what was there before
#pragma unroll
                for (int r = 0; r < ROW_TILES; r++) {
                    const u32 at = piece + r * 16 * ROW_BYTES + s * 64;
                    const uint4 lo = exists ? loadShared16(at) : zero, hi = exists ? loadShared16(at + 8 * ROW_BYTES) : zero;
                    mma(sum[r], lo.x, hi.x, lo.y, hi.y, values[s].x, values[s].y);
                    mma(sum[r], lo.z, hi.z, lo.w, hi.w, values[s].z, values[s].w);
                }
            }
            __syncwarp();
            if (lane == 0) barrierArrive(ring.freed());
            ring.advance();
        }
#pragma unroll
        for (int r = 0; r < ROW_TILES; r++)
#pragma unroll
            for (int i = 0; i < 4; i++) partial[buffer][warp][2 * t + i % 2][r * 16 + i / 2 * 8 + g] = sum[r][i];
        asm volatile("bar.sync 1, %0;" ::"n"(32 * WARPS) : "memory");
        for (int i = threadIdx.x; i < ROWS * m; i += 32 * WARPS) {
            const int token = i / ROWS, row = i % ROWS;
            if (row0 + row >= n) continue;
            float total = HAS_BIAS ? toFloat(bias[row0 + row]) : 0.f;
#pragma unroll
            for (int p = 0; p < WARPS; p++) total += partial[buffer][p][token][row];
            out[token * outStride + row0 + row] = fromFloat<OUT>(total);
        }
    }
}
