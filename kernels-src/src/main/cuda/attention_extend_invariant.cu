// attention_extend.cu with the bits of attention_splits.cuh: a block computes its rows' splits one after the other.
//   grid (numKvHeads, batch, ⌈longest extend · GROUP / BLOCK_M⌉), block 128, shared (BLOCK_M + 2·BLOCK_N) · ROW + 2·BLOCK_N · VALUE_ROW elements
#include "attention_splits.cuh"

// Arguments as of attention_extend; shareOuts [tokens, numKvHeads · GROUP, VALUE_DIM] and shareSums [tokens, numKvHeads · GROUP, 2] are scratch.
KERNEL __launch_bounds__(WARPS * 32, 2) attention_extend_invariant(const T* q, const T* kCache, const T* vCache, T* out, const i32* pageTable,
        const i32* tableRows, const i32* qoIndptr, const i32* kvLens, f32* shareOuts, f32* shareSums, i64 qStride, i64 outStride,
        i32 pageTableStride, i32 numKvHeads, f32 scale, i32 window, f32 cap, const T* sinks,
        const i32* blockEnds) {
    extern __shared__ __align__(16) u8 shared[];
    T* const qTile = reinterpret_cast<T*>(shared);
    const int head = blockIdx.x, request = blockIdx.y;
    const int start = qoIndptr[request], newTokens = qoIndptr[request + 1] - start, count = newTokens * GROUP;
    const int firstRow = (gridDim.z - 1 - blockIdx.z) * BLOCK_M;
    if (firstRow >= count) return;
    const Rows rows{firstRow, kvLens[request] - newTokens, window, blockEnds + start, newTokens};
    const int end = rows.lastSeen(min(firstRow + BLOCK_M, count) - 1) + 1;

    q += start * qStride + head * GROUP * HEAD_DIM;
    copyQueries(qTile, q, qStride, firstRow, count);
    Walk walk{qTile, qTile + BLOCK_M * ROW, kCache, vCache, {pageTable + i64(tableRows[request]) * pageTableStride, end, numKvHeads, head}, scale, cap};
    walk.begin(rows.firstTile());
    out += start * outStride + head * GROUP * VALUE_DIM;
    const Shares shares{shareOuts, shareSums};
    const int splits = splitsOf(end);
    for (int split = HAS_WINDOW ? splitOf(rows.firstTile()) : 0; split < splits; split++) {
        Accumulator sum;
        clear(sum.o);
        OnlineSoftmax<MT> softmax(HAS_CAP ? 1.f : scale);
        const int begin = beginOf(split, rows);
        walk.add(sum.o, softmax, rows, begin, min(splitBegin(split + 1), end), end, true);
        sum.take(softmax);
#pragma unroll
        for (int m = 0; m < MT; m++)
#pragma unroll
            for (int h = 0; h < 2; h++) {
                const int r = rowOf(firstRow, m, h);
                if (r >= count) continue;
                const i64 row = (i64(start + r / GROUP) * numKvHeads + head) * GROUP + r % GROUP;
                const int firstSplit = HAS_WINDOW ? splitOf(rows.firstSeen(r)) : 0;
                if (split < firstSplit) continue;  // sees nothing yet
                if (begin > rows.lastSeen(r)) sum.load(m, h, shares, row);  // sees nothing of this split
                else if (split > firstSplit) sum.add<true>(m, h, shares, row);
                if (split < splits - 1) sum.save(m, h, shares, row);
                else sum.write(m, h, out + r / GROUP * outStride + r % GROUP * VALUE_DIM, sinks + head * GROUP + r % GROUP);
            }
    }
}
