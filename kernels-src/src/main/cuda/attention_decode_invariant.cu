// Attention of one new token a request with the bits that attention_extend_invariant.cu gives it. Blocks share out the splits of a request; the
// one that finishes last adds them up.
//   grid (numKvHeads · ⌈GROUP / BLOCK_M⌉, batch, any), block 128, shared (BLOCK_M + 2·BLOCK_N) · ROW + 2·BLOCK_N ·
//   VALUE_ROW elements
#include "attention_splits.cuh"

// Row b of q and out is request b; a request of length 0 gives zeros. shareOuts [batch, maxSplits, numKvHeads · GROUP, VALUE_DIM] and
// shareSums [batch, maxSplits, numKvHeads · GROUP, 2] are scratch, maxSplits 1 where gridDim.z is 1; arrived [batch, gridDim.x] is zero before the
// first launch and is left zero.
KERNEL __launch_bounds__(WARPS * 32, 2) attention_decode_invariant(const T* q, const T* kCache, const T* vCache, T* out, const i32* pageTable,
        const i32* tableRows, const i32* kvLens, f32* shareOuts, f32* shareSums, u32* arrived, i64 qStride, i64 outStride, i32 pageTableStride,
        i32 numKvHeads, i32 maxSplits, f32 scale, i32 window, f32 cap, const T* sinks) {
    extern __shared__ __align__(16) u8 shared[];
    waitForPreviousKernel();
    T* const qTile = reinterpret_cast<T*>(shared);
    constexpr int ROW_BLOCKS = divUp(GROUP, BLOCK_M);
    const int head = blockIdx.x / ROW_BLOCKS, request = blockIdx.y, firstRow = blockIdx.x % ROW_BLOCKS * BLOCK_M;
    const int length = kvLens[request];
    const Rows rows{firstRow, length - 1, window};
    const int firstSplit = HAS_WINDOW ? splitOf(rows.firstTile()) : 0, splits = max(1, splitsOf(length)) - firstSplit;
    if (int(blockIdx.z) >= splits) return;
    const bool active = firstRow + warpIndex() * 16 * MT < GROUP;

    q += request * qStride + head * GROUP * HEAD_DIM;
    out += request * outStride + head * GROUP * VALUE_DIM;
    sinks += head * GROUP;
    copyQueries(qTile, q, qStride, firstRow, GROUP);
    Walk walk{qTile, qTile + BLOCK_M * ROW, kCache, vCache, {pageTable + i64(tableRows[request]) * pageTableStride, max(length, 1), numKvHeads, head},
              scale, cap};
    const Shares shares{shareOuts, shareSums};
    const i64 firstShare = (i64(request) * maxSplits * numKvHeads + head) * GROUP;
    const i64 shareStep = i64(numKvHeads) * GROUP;
    const bool inOrder = gridDim.z == 1;  // this block computes all splits, and needs one share at a time
    for (int split = blockIdx.z; split < splits; split += gridDim.z) {
        Accumulator sum;
        clear(sum.o);
        OnlineSoftmax<MT> softmax(HAS_CAP ? 1.f : scale);
        const int begin = beginOf(firstSplit + split, rows), end = min(splitBegin(firstSplit + split + 1), length);
        __syncthreads();  // no warp still reads the tiles of the split before
        walk.begin(begin);
        walk.add(sum.o, softmax, rows, begin, end, end, active);
        sum.take(softmax);
#pragma unroll
        for (int m = 0; m < MT; m++)
#pragma unroll
            for (int h = 0; h < 2; h++) {
                const int r = rowOf(firstRow, m, h);
                if (r >= GROUP) continue;
                if (length == 0) sum.sum[m][h] = 1.f;
                const i64 row = firstShare + (inOrder ? 0 : split * shareStep) + r;
                if (inOrder && split > 0) sum.add<true>(m, h, shares, row);
                if (splits == 1 || (inOrder && split == splits - 1)) sum.write(m, h, out + r * VALUE_DIM, sinks + r);
                else sum.save(m, h, shares, row);
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
    sum.scaleLog2 = (HAS_CAP ? 1.f : scale) * LOG2_E;
#pragma unroll
    for (int m = 0; m < MT; m++)
#pragma unroll
        for (int h = 0; h < 2; h++) {
            const int r = rowOf(firstRow, m, h);
            if (r >= GROUP) continue;
            sum.load(m, h, shares, firstShare + r);
            for (int split = 1; split < splits; split++) sum.add<false>(m, h, shares, firstShare + split * shareStep + r);
            sum.write(m, h, out + r * VALUE_DIM, sinks + r);
        }
}
