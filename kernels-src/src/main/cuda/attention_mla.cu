// Multi-head latent attention in its absorbed form (DeepSeek-V2, 2024), for prefill and decode alike: all heads share one key, a latent of RANK elements
// and a rotated part behind it, and the latent is the value too. A query row is token r / GROUP of a request's new ones, head r % GROUP.
//
// A block takes ROW_GROUPS · 16 rows. Its warps are ROW_GROUPS by COLUMN_GROUPS: those of a row group divide the positions of a tile for the scores, trade
// them through shared memory, and each accumulates VALUE_DIM = RANK / COLUMN_GROUPS columns of the output. Positions are divided into splits: with
// INVARIANT at the fixed places of attention_splits.cuh, so that a token's bits depend on itself and those before it alone, else of splitSize.
//   grid (⌈most rows / (ROW_GROUPS · 16)⌉, batch, any), block ROW_GROUPS · COLUMN_GROUPS · 32,
//   shared (ROW_GROUPS · 16 + 2·BLOCK_N) · ROW elements and ROW_GROUPS · 16 · (BLOCK_N + 8) floats
// Where gridDim.z is 1, a block computes its splits one after the other; else every request has one new token, blocks share out its splits and the one
// that finishes last adds them up.
// Macros besides those of attention.cuh: RANK, ROW_GROUPS, BLOCK_N, INVARIANT; ROW_TILES is 1 and HAS_WINDOW, HAS_CAP, HAS_SINKS, HAS_BLOCKS are 0.
#include "attention_splits.cuh"

constexpr int COLUMN_GROUPS = RANK / VALUE_DIM, BLOCK_ROWS = ROW_GROUPS * 16, THREADS = ROW_GROUPS * COLUMN_GROUPS * 32;
// Positions whose scores one warp computes: all where a share would be less than 16.
constexpr int SCORED = BLOCK_N / COLUMN_GROUPS >= 16 ? BLOCK_N / COLUMN_GROUPS : BLOCK_N;
constexpr int SCORE_ROW = BLOCK_N + 8;
static_assert(RANK % VALUE_DIM == 0 && BLOCK_N <= THREADS && SPLIT % BLOCK_N == 0, "wrong tiles");

// Starts copying the query rows first..first + BLOCK_ROWS − 1; rows past the request repeat its last one and are never stored.
DEVICE void copyQueries(T* tile, const T* latent, const T* rope, i64 latentStride, i64 ropeStride, int first, int rows) {
    constexpr int PIECES = HEAD_DIM / VEC16<T>, ROPE = HEAD_DIM - RANK;
    for (int i = threadIdx.x; i < BLOCK_ROWS * PIECES; i += THREADS) {
        const int r = i / PIECES, at = i % PIECES * VEC16<T>, row = min(first + r, rows - 1), token = row / GROUP, head = row % GROUP;
        copyAsync16(sharedAddress(tile + r * ROW + at),
                    at < RANK ? latent + token * latentStride + head * RANK + at : rope + token * ropeStride + head * ROPE + at - RANK, true);
    }
}

struct LatentWalk {
    T *qTile, *kTiles;
    float* scoreTile;
    i32* tileRows;  // where the rows of two tiles lie in the cache
    const T* cache;
    PagedRows pages;
    int rowGroup, columnGroup;

    DEVICE void lookUp(int n0) const {
        if (threadIdx.x < BLOCK_N) tileRows[n0 / BLOCK_N % 2 * BLOCK_N + threadIdx.x] = pages.row(n0 + threadIdx.x);
    }

    DEVICE T* tileAt(int n0) const { return kTiles + n0 / BLOCK_N % 2 * BLOCK_N * ROW; }

    DEVICE void copy(int n0) const {
        constexpr int PIECES = HEAD_DIM / VEC16<T>;
        T* const tile = tileAt(n0);
        const i32* const rows = tileRows + n0 / BLOCK_N % 2 * BLOCK_N;
        for (int i = threadIdx.x; i < BLOCK_N * PIECES; i += THREADS) {
            const int r = i / PIECES, at = i % PIECES * VEC16<T>;
            copyAsync16(sharedAddress(tile + r * ROW + at), cache + i64(rows[r]) * HEAD_DIM + at, true);
        }
        commitCopies();
    }

    // The scores of this warp's rows at all positions of a tile.
    DEVICE void scoresOf(float (&s)[1][NT][4], const T* kTile) const {
        const T* const q = qTile + rowGroup * 16 * ROW;
        const int lane = laneIndex();
        if constexpr (SCORED == BLOCK_N) {
            scores(s, q, kTile, lane);
        } else {
            float part[1][SCORED / 8][4];
            scores(part, q, kTile + columnGroup * SCORED * ROW, lane);
            float* const mine = scoreTile + (rowGroup * 16 + lane / 4) * SCORE_ROW + lane % 4 * 2;
#pragma unroll
            for (int n = 0; n < SCORED / 8; n++)
#pragma unroll
                for (int h = 0; h < 2; h++)
                    store(mine + h * 8 * SCORE_ROW + columnGroup * SCORED + n * 8, Vec<float, 2>{part[0][n][2 * h], part[0][n][2 * h + 1]});
            __syncthreads();
#pragma unroll
            for (int n = 0; n < NT; n++)
#pragma unroll
                for (int h = 0; h < 2; h++) {
                    const auto pair = load<float, 2>(mine + h * 8 * SCORE_ROW + n * 8);
                    s[0][n][2 * h] = pair[0], s[0][n][2 * h + 1] = pair[1];
                }
        }
    }

    // Adds the positions from..to to the softmax and its output.
    DEVICE void add(float (&o)[1][VALUE_DIM / 8][4], OnlineSoftmax<1>& softmax, const Rows& rows, int from, int to) const {
        __syncthreads();  // no warp still reads the tiles of the split before
        lookUp(from);
        lookUp(from + BLOCK_N);
        __syncthreads();
        if (from < to) copy(from);
        for (int n0 = from; n0 < to; n0 += BLOCK_N) {
            waitCopies<0>();
            __syncthreads();  // this tile is here, and no warp still reads the other
            if (n0 + BLOCK_N < to) copy(n0 + BLOCK_N);
            lookUp(n0 + 2 * BLOCK_N);
            T* const kTile = tileAt(n0);
            float s[1][NT][4];
            scoresOf(s, kTile);
            const int warpRow = rows.first + rowGroup * 16;
            if (n0 + BLOCK_N > rows.lastSeen(warpRow) + 1) {
                const int lane = laneIndex();
#pragma unroll
                for (int h = 0; h < 2; h++) {
                    const int seen = rows.lastSeen(warpRow + h * 8 + lane / 4) - n0 - lane % 4 * 2;
#pragma unroll
                    for (int n = 0; n < NT; n++)
#pragma unroll
                        for (int c = 0; c < 2; c++)
                            if (n * 8 + c > seen) s[0][n][2 * h + c] = minusInfinity();
                }
            }
            softmax.step(s, o);
            accumulate<ROW>(o, s, kTile + columnGroup * VALUE_DIM, laneIndex());
        }
    }
};

// qLatent, qRope and out: rows of GROUP heads of RANK, HEAD_DIM − RANK and RANK, with strides in elements. cache [numPages, PAGE_SIZE, HEAD_DIM].
// Request b's pages are row tableRows[b] of pageTable, and kvLens [batch] counts its positions, the new ones included. qoIndptr [batch + 1] bounds each
// request's rows of q, or is null where row b is request b; then length 0 gives zeros. shareOuts [tokens, maxSplits, GROUP, RANK] and shareSums [tokens,
// maxSplits, GROUP, COLUMN_GROUPS, 2] are scratch, maxSplits 1 where gridDim.z is 1; arrived [batch, gridDim.x] is zero before the first launch and is
// left zero.
KERNEL __launch_bounds__(THREADS, 1) attention_mla(const T* qLatent, const T* qRope, const T* cache, T* out, const i32* pageTable, const i32* tableRows,
        const i32* qoIndptr, const i32* kvLens, f32* shareOuts, f32* shareSums, u32* arrived, i64 latentStride, i64 ropeStride, i64 outStride,
        i32 pageTableStride, i32 maxSplits, i32 splitSize, f32 scale) {
    extern __shared__ __align__(16) u8 shared[];
    __shared__ i32 tileRows[2 * BLOCK_N];
    waitForPreviousKernel();
    const int request = blockIdx.y, firstRow = (gridDim.x - 1 - blockIdx.x) * BLOCK_ROWS;  // the longest rows first
    const int start = qoIndptr ? qoIndptr[request] : request, newTokens = qoIndptr ? qoIndptr[request + 1] - start : 1, count = newTokens * GROUP;
    if (firstRow >= count) return;
    const Rows rows{firstRow, kvLens[request] - newTokens, 0};
    const int end = rows.lastSeen(min(firstRow + BLOCK_ROWS, count) - 1) + 1;
    const int size = max(splitSize, divUp(divUp(end, gridDim.z), BLOCK_N) * BLOCK_N);
    const int splits = max(1, INVARIANT ? splitsOf(end) : divUp(end, size));
    if (int(blockIdx.z) >= splits) return;

    T* const qTile = reinterpret_cast<T*>(shared);
    T* const kTiles = qTile + BLOCK_ROWS * ROW;
    const int rowGroup = warpIndex() / COLUMN_GROUPS, columnGroup = warpIndex() % COLUMN_GROUPS;
    copyQueries(qTile, qLatent + start * latentStride, qRope + start * ropeStride, latentStride, ropeStride, firstRow, count);
    commitCopies();
    const LatentWalk walk{qTile, kTiles, reinterpret_cast<float*>(kTiles + 2 * BLOCK_N * ROW), tileRows, cache,
                          {pageTable + i64(tableRows[request]) * pageTableStride, max(end, 1), 1, 0}, rowGroup, columnGroup};
    out += start * outStride + columnGroup * VALUE_DIM;
    const Shares shares{shareOuts, shareSums};
    const auto rowOf = [&](int h) { return firstRow + rowGroup * 16 + h * 8 + laneIndex() / 4; };
    const auto shareOf = [&](int split, int r) { return ((i64(start) * maxSplits + split) * GROUP + r) * COLUMN_GROUPS + columnGroup; };
    const auto outOf = [&](int r) { return out + r / GROUP * outStride + r % GROUP * RANK; };
    const bool inOrder = gridDim.z == 1;
    for (int split = blockIdx.z; split < splits; split += gridDim.z) {
        Accumulator sum;
        clear(sum.o);
        OnlineSoftmax<1> softmax(scale);
        const int begin = INVARIANT ? splitBegin(split) : split * size, next = INVARIANT ? splitBegin(split + 1) : begin + min(size, end - begin);
        walk.add(sum.o, softmax, rows, begin, min(next, end));
        sum.take(softmax);
#pragma unroll
        for (int h = 0; h < 2; h++) {
            const int r = rowOf(h);
            if (r >= count) continue;
            if (end == 0) sum.sum[0][h] = 1.f;
            const i64 share = shareOf(inOrder ? 0 : split, r);
            if (inOrder && split > 0 && begin > rows.lastSeen(r)) sum.load(0, h, shares, share);  // sees nothing of this split
            else if (inOrder && split > 0) sum.add<true>(0, h, shares, share);
            if (splits == 1 || (inOrder && split == splits - 1)) sum.write(0, h, outOf(r), nullptr);
            else sum.save(0, h, shares, share);
        }
    }
    waitCopies<0>();
    if (splits == 1 || inOrder) return;

    __shared__ bool last;
    __threadfence();
    __syncthreads();
    const u32 blocks = min(int(gridDim.z), splits);
    if (threadIdx.x == 0) last = atomicInc(arrived + request * gridDim.x + blockIdx.x, blocks - 1) == blocks - 1;  // wraps to zero for the next launch
    __syncthreads();
    if (!last) return;
    __threadfence();
    Accumulator sum;
    sum.scaleLog2 = scale * LOG2_E;
#pragma unroll
    for (int h = 0; h < 2; h++) {
        const int r = rowOf(h);
        if (r >= count) continue;
        sum.load(0, h, shares, shareOf(0, r));
        for (int split = 1; split < splits; split++) sum.add<false>(0, h, shares, shareOf(split, r));
        sum.write(0, h, outOf(r), nullptr);
    }
}
