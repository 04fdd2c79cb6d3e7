// Causal attention of new tokens over everything their request has in the paged cache (FlashAttention-2: Dao, 2023).
//
// The query heads of one kv head are packed: row r of a request and kv head is token r / GROUP, head r % GROUP of the group, so K and V
// are read once a group. One block takes BLOCK_M such rows, a warp 16·MT of them, and walks the positions in tiles of BLOCK_N, copying
// one tile while it computes another. BLOCK_N is the host's choice.
//   grid (numKvHeads, batch, ⌈longest extend · GROUP / BLOCK_M⌉), block 128, shared (BLOCK_M + 4·BLOCK_N) · (ROW_BYTES + 16) bytes
#include "attention.cuh"

constexpr int WARPS = 4;
constexpr int MT = ROW_BYTES <= 256 ? 2 : 1;
constexpr int BLOCK_M = WARPS * 16 * MT;
constexpr int NT = BLOCK_N / 8;
static_assert(BLOCK_N % 16 == 0 && WARPS * 16 % BLOCK_N == 0, "BLOCK_N must be 16, 32 or 64");

// Volatile, so that what follows from it is computed where it is used and holds no register through the loop, which has none to spare.
DEVICE int threadIndex() { int t; asm volatile("mov.u32 %0, %%tid.x;" : "=r"(t)); return t; }
DEVICE int laneIndex() { return threadIndex() % 32; }
DEVICE int warpIndex() { return threadIndex() / 32; }

// Starts copying the query rows first..first + BLOCK_M − 1; rows past the request repeat its last one and are never stored.
DEVICE void copyQueries(T* tile, const T* q, i64 stride, int first, int rows) {
    constexpr int PIECES = HEAD_DIM / VEC16<T>;
    for (int i = threadIdx.x; i < BLOCK_M * PIECES; i += WARPS * 32) {
        const int r = i / PIECES, piece = i % PIECES, row = min(first + r, rows - 1);
        copyAsync16(sharedAddress(tile + r * ROW + piece * VEC16<T>), q + row / GROUP * stride + row % GROUP * HEAD_DIM + piece * VEC16<T>, true);
    }
}

// Starts copying a tile's BLOCK_N rows of K and, behind them, of V, 16 rows a warp at a time.
DEVICE void copyTile(T* tile, const T* kCache, const T* vCache, i32 row) {
#pragma unroll
    for (int i = 0; i < divUp(BLOCK_N / 8, WARPS); i++) {
        const int piece = i * WARPS + warpIndex();
        if (piece < BLOCK_N / 8) copyRows16(tile + piece * 16 * ROW, piece < BLOCK_N / 16 ? kCache : vCache, row, laneIndex());
    }
    commitCopies();
}

// The position within a tile whose row this lane looks up for its warp's copies.
DEVICE int lookup() { return (warpIndex() * 16 + laneIndex() % 16) % BLOCK_N; }

// q and out: rows of numKvHeads · GROUP · HEAD_DIM with strides in elements. kCache, vCache [numPages, numKvHeads, PAGE_SIZE, HEAD_DIM].
// Request b's pages are row tableRows[b] of pageTable. qoIndptr [batch + 1] bounds each request's rows of q; kvLens [batch] counts its
// positions, the new ones included.
KERNEL __launch_bounds__(WARPS * 32, 2) attention_extend(const T* q, const T* kCache, const T* vCache, T* out, const i32* pageTable,
        const i32* tableRows, const i32* qoIndptr, const i32* kvLens, i64 qStride, i64 outStride, i32 pageTableStride, i32 numKvHeads, f32 scale) {
    extern __shared__ __align__(16) u8 shared[];
    T* const qTile = reinterpret_cast<T*>(shared);
    T* const kvTiles = qTile + BLOCK_M * ROW;
    constexpr int TILE = 2 * BLOCK_N * ROW;

    const int head = blockIdx.x, request = blockIdx.y;
    const int start = qoIndptr[request], newTokens = qoIndptr[request + 1] - start, rows = newTokens * GROUP;
    const int firstRow = (gridDim.z - 1 - blockIdx.z) * BLOCK_M;  // the longest rows first, so that the last blocks to run are short
    if (firstRow >= rows) return;
    const int prefix = kvLens[request] - newTokens;
    const int end = prefix + (min(firstRow + BLOCK_M, rows) - 1) / GROUP + 1;  // positions that any row of the block sees
    const PagedRows cache{pageTable + i64(tableRows[request]) * pageTableStride, end, numKvHeads, head};

    q += start * qStride + head * GROUP * HEAD_DIM;
    copyQueries(qTile, q, qStride, firstRow, rows);
    copyTile(kvTiles, kCache, vCache, cache.row(lookup()));
    i32 row = cache.row(BLOCK_N + lookup());

    float o[MT][HEAD_DIM / 8][4] = {};
    OnlineSoftmax<MT> softmax(scale);
    for (int n0 = 0; n0 < end; n0 += BLOCK_N) {
        T* const kTile = kvTiles + n0 / BLOCK_N % 2 * TILE;
        waitCopies<0>();
        __syncthreads();  // this tile is here, and no warp still reads the other
        if (n0 + BLOCK_N < end) copyTile(kvTiles + (n0 / BLOCK_N + 1) % 2 * TILE, kCache, vCache, row);
        row = cache.row(n0 + 2 * BLOCK_N + lookup());  // looked up a tile ahead of its use

        float s[MT][NT][4];
        const int warp = warpIndex(), warpRow = firstRow + warp * 16 * MT;
        scores(s, qTile + warp * 16 * MT * ROW, kTile, laneIndex());
        if (n0 + BLOCK_N > prefix + warpRow / GROUP + 1) {
            const int lane = laneIndex();
#pragma unroll
            for (int m = 0; m < MT; m++)
#pragma unroll
                for (int h = 0; h < 2; h++) {
                    const int seen = prefix + (warpRow + m * 16 + h * 8 + lane / 4) / GROUP - n0 - lane % 4 * 2;
#pragma unroll
                    for (int n = 0; n < NT; n++)
#pragma unroll
                        for (int c = 0; c < 2; c++)
                            if (n * 8 + c > seen) s[m][n][2 * h + c] = minusInfinity();
                }
        }
        softmax.step(s, o);
        accumulate(o, s, kTile + BLOCK_N * ROW, laneIndex());
    }

    const int lane = laneIndex();
    out += start * outStride + head * GROUP * HEAD_DIM;
#pragma unroll
    for (int m = 0; m < MT; m++)
#pragma unroll
        for (int h = 0; h < 2; h++) {
            const float inverse = 1.f / softmax.rowSum(m, h);
            const int r = firstRow + (warpIndex() * MT + m) * 16 + h * 8 + lane / 4;
            if (r >= rows) continue;
            T* const p = out + r / GROUP * outStride + r % GROUP * HEAD_DIM + lane % 4 * 2;
#pragma unroll
            for (int d = 0; d < HEAD_DIM / 8; d++)
                store(p + d * 8, Vec<T, 2>{fromFloat<T>(o[m][d][2 * h] * inverse), fromFloat<T>(o[m][d][2 * h + 1] * inverse)});
        }
}
