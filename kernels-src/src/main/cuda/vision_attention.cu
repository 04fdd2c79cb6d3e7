// Attention in both directions inside of segments of rows (FlashAttention-2: Dao, 2023), with a key head for each query head.
//
// A block takes BLOCK_M query rows of a segment and head and walks its keys, BLOCK_N a tile, one of which is copied while another is computed. In shared
// memory heads of WIDTH elements have HEAD_DIM, the next multiple of 16; what is added is zero.
//   grid (⌈longest segment / BLOCK_M⌉, heads, segments), block 128, shared (BLOCK_M + 4·BLOCK_N) · ROW elements
// Macros besides those of attention_tiles.cuh: WIDTH. GROUP and PAGE_SIZE are 1 and HAS_WINDOW, HAS_CAP, HAS_SINKS, HAS_BLOCKS are 0.
#include "attention_tiles.cuh"

constexpr int PIECES = WIDTH / VEC16<T>;
constexpr int THREADS = WARPS * 32;
static_assert(WIDTH % VEC16<T> == 0 && WIDTH <= HEAD_DIM && HEAD_DIM - WIDTH < 16, "WIDTH must be whole pieces of 16 bytes, HEAD_DIM the next multiple of 16");

// Starts copying the rows first..first + ROWS − 1 of a segment and head; those past its `length` rows repeat the last one.
template <int ROWS> DEVICE void copyRows(T* tile, const T* rows, i64 stride, int first, int length) {
    const int thread = threadIndex();
#pragma unroll
    for (int i = 0; i < divUp(ROWS * PIECES, THREADS); i++) {
        const int r = (i * THREADS + thread) / PIECES, at = (i * THREADS + thread) % PIECES * VEC16<T>;
        if (ROWS * PIECES % THREADS == 0 || r < ROWS)
            copyAsync16(sharedAddress(tile + r * ROW + at), rows + min(first + r, length - 1) * stride + at, true);
    }
}

// Zeros behind the WIDTH elements of each of `rows` rows.
DEVICE void pad(T* tile, int rows) {
    for (int r = threadIdx.x; r < rows; r += THREADS)
#pragma unroll
        for (int i = WIDTH; i < HEAD_DIM; i++) tile[r * ROW + i] = fromFloat<T>(0.f);
}

// q, k, v, out: rows of gridDim.y heads of WIDTH with strides in elements; cuSeqlens [segments + 1] bounds each segment's rows.
KERNEL __launch_bounds__(THREADS, 2) vision_attention(const T* q, const T* k, const T* v, T* out, const i32* cuSeqlens, i64 qStride, i64 kStride,
        i64 vStride, i64 outStride, f32 scale) {
    extern __shared__ __align__(16) u8 shared[];
    constexpr int TILE = BLOCK_N * ROW;
    T* const qTile = reinterpret_cast<T*>(shared);
    T* const kvTiles = qTile + BLOCK_M * ROW;
    const int start = cuSeqlens[blockIdx.z], length = cuSeqlens[blockIdx.z + 1] - start, firstRow = blockIdx.x * BLOCK_M;
    if (firstRow >= length) return;
    q += start * qStride + blockIdx.y * WIDTH;
    k += start * kStride + blockIdx.y * WIDTH;
    v += start * vStride + blockIdx.y * WIDTH;

    if constexpr (WIDTH < HEAD_DIM) pad(qTile, BLOCK_M + 4 * BLOCK_N);
    const auto copyTile = [&](int n0) {
        T* const tile = kvTiles + n0 / BLOCK_N % 2 * 2 * TILE;
        copyRows<BLOCK_N>(tile, k, kStride, n0, length);
        copyRows<BLOCK_N>(tile + TILE, v, vStride, n0, length);
        commitCopies();
    };
    copyRows<BLOCK_M>(qTile, q, qStride, firstRow, length);
    copyTile(0);

    float o[MT][HEAD_DIM / 8][4] = {};
    OnlineSoftmax<MT> softmax(scale);
    for (int n0 = 0; n0 < length; n0 += BLOCK_N) {
        waitCopies<0>();
        __syncthreads();  // this tile is here, and no warp still reads the other
        if (n0 + BLOCK_N < length) copyTile(n0 + BLOCK_N);
        T* const kTile = kvTiles + n0 / BLOCK_N % 2 * 2 * TILE;
        float s[MT][NT][4];
        scores(s, qTile + warpIndex() * 16 * MT * ROW, kTile, laneIndex());
        if (n0 + BLOCK_N > length) {
            const int columns = length - n0 - laneIndex() % 4 * 2;
#pragma unroll
            for (int m = 0; m < MT; m++)
#pragma unroll
                for (int n = 0; n < NT; n++)
#pragma unroll
                    for (int c = 0; c < 4; c++)
                        if (n * 8 + c % 2 >= columns) s[m][n][c] = minusInfinity();
        }
        softmax.step(s, o);
        accumulate(o, s, kTile + TILE, laneIndex());
    }

    const int lane = laneIndex();
    out += start * outStride + blockIdx.y * WIDTH + lane % 4 * 2;
#pragma unroll
    for (int m = 0; m < MT; m++)
#pragma unroll
        for (int h = 0; h < 2; h++) {
            const float inverse = 1.f / softmax.rowSum(m, h);
            const int r = firstRow + (warpIndex() * MT + m) * 16 + h * 8 + lane / 4;
            if (r >= length) continue;
            T* const p = out + r * outStride;
#pragma unroll
            for (int d = 0; d < divUp(WIDTH, 8); d++)
                if (WIDTH % 8 == 0 || d * 8 + lane % 4 * 2 < WIDTH)
                    store(p + d * 8, Vec<T, 2>{fromFloat<T>(o[m][d][2 * h] * inverse), fromFloat<T>(o[m][d][2 * h + 1] * inverse)});
        }
}
