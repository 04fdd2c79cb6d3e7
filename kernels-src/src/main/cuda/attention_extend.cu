// Causal attention of new tokens over everything their request has in the paged cache (FlashAttention-2: Dao, 2023).
//
// The query heads of one kv head are packed: row r of a request and kv head is token r / GROUP, head r % GROUP of the group, so K and V
// are read once a group. One block takes BLOCK_M such rows and walks the positions. ROW_TILES and BLOCK_N are the host's choice.
//   grid (numKvHeads, batch, ⌈longest extend · GROUP / BLOCK_M⌉), block 128, shared (BLOCK_M + 2·BLOCK_N) · ROW + 2·BLOCK_N · VALUE_ROW elements
#include "attention_tiles.cuh"

// q and out: rows of numKvHeads · GROUP heads of HEAD_DIM and VALUE_DIM, with strides in elements. kCache [numPages, numKvHeads, PAGE_SIZE, HEAD_DIM],
// vCache [numPages, numKvHeads, PAGE_SIZE, VALUE_DIM].
// Request b's pages are row tableRows[b] of pageTable. qoIndptr [batch + 1] bounds each request's rows of q; kvLens [batch] counts its
// positions, the new ones included. A token sees `window` positions, itself included; sinks [numKvHeads · GROUP] join the sums.
// With HAS_BLOCKS, a token sees as far as blockEnds [tokens] says.
KERNEL __launch_bounds__(WARPS * 32, 2) attention_extend(const T* q, const T* kCache, const T* vCache, T* out, const i32* pageTable,
        const i32* tableRows, const i32* qoIndptr, const i32* kvLens, i64 qStride, i64 outStride, i32 pageTableStride, i32 numKvHeads, f32 scale, i32 window,
        f32 cap, const T* sinks,
        const i32* blockEnds) {
    extern __shared__ __align__(16) u8 shared[];
    T* const qTile = reinterpret_cast<T*>(shared);
    const int head = blockIdx.x, request = blockIdx.y;
    const int start = qoIndptr[request], newTokens = qoIndptr[request + 1] - start, rows = newTokens * GROUP;
    const int firstRow = (gridDim.z - 1 - blockIdx.z) * BLOCK_M;  // the longest rows first, so that the last blocks to run are short
    if (firstRow >= rows) return;
    const int prefix = kvLens[request] - newTokens;
    const Rows blockRows{firstRow, prefix, window, blockEnds + start, newTokens};
    const int end = blockRows.lastSeen(min(firstRow + BLOCK_M, rows) - 1) + 1;  // positions that any row of the block sees

    q += start * qStride + head * GROUP * HEAD_DIM;
    copyQueries(qTile, q, qStride, firstRow, rows);
    Walk walk{qTile, qTile + BLOCK_M * ROW, kCache, vCache, {pageTable + i64(tableRows[request]) * pageTableStride, end, numKvHeads, head}, scale, cap};
    walk.begin(blockRows.firstTile());
    float o[MT][VALUE_DIM / 8][4] = {};
    OnlineSoftmax<MT> softmax(HAS_CAP ? 1.f : scale);
    walk.add(o, softmax, blockRows, blockRows.firstTile(), end, end, true);

    const int lane = laneIndex();
    out += start * outStride + head * GROUP * VALUE_DIM;
#pragma unroll
    for (int m = 0; m < MT; m++)
#pragma unroll
        for (int h = 0; h < 2; h++) {
            float sum = softmax.rowSum(m, h);
            const int r = firstRow + (warpIndex() * MT + m) * 16 + h * 8 + lane / 4;
            if (r >= rows) continue;
            if constexpr (HAS_SINKS) sum += sinkShare(sinks[head * GROUP + r % GROUP], softmax.top[m][h], softmax.scaleLog2);
            const float inverse = 1.f / sum;
            T* const p = out + r / GROUP * outStride + r % GROUP * VALUE_DIM + lane % 4 * 2;
#pragma unroll
            for (int d = 0; d < VALUE_DIM / 8; d++)
                store(p + d * 8, Vec<T, 2>{fromFloat<T>(o[m][d][2 * h] * inverse), fromFloat<T>(o[m][d][2 * h + 1] * inverse)});
        }
}
