// Log softmax of rows of logits, at a given place and at the likeliest ones.
//   grid (rows), block 1024
#include "row_search.cuh"

// The logarithm of the sum of a row's exp(x - top).
DEVICE float logSum(const f32* row, i32 vocab, float top) {
    float sum = 0.f;
#pragma unroll 8
    for (int i = threadIdx.x; i < vocab; i += THREADS) {
        const float x = row[i];
        if (x > -INFINITY) sum += expf(x - top);
    }
    return logf(blockSum<THREADS>(sum));
}

KERNEL __launch_bounds__(THREADS) logprobs(const f32* logits, const i32* ids, f32* out, i64 stride, i32 vocab) {
    logits += blockIdx.x * stride;
    const float top = rowBest(logits, vocab).value;
    const float sum = logSum(logits, vocab, top);
    if (threadIdx.x == 0) out[blockIdx.x] = logits[ids[blockIdx.x]] - top - sum;
}

// Each thread keeps the best of its own elements; only the one that had the best of all looks for its next.
KERNEL __launch_bounds__(THREADS) top_logprobs(const f32* logits, i32* ids, f32* values, i64 stride, i32 vocab, i32 k) {
    logits += blockIdx.x * stride;
    ids += i64(blockIdx.x) * k;
    values += i64(blockIdx.x) * k;
    Best taken{INFINITY, -1}, own{-INFINITY, NONE};
    bool stale = true;
    float top = 0.f, sum = 0.f;
    for (int rank = 0; rank < k; rank++) {
        if (stale) {
            own = Best{-INFINITY, NONE};
            for (int i = threadIdx.x; i < vocab; i += THREADS) {
                const float x = logits[i];
                if (x > -INFINITY && taken.isBefore(x, i)) own.take(x, i);
            }
        }
        const Best next = blockBest(own);
        if (rank == 0) top = next.value, sum = logSum(logits, vocab, top);
        if (threadIdx.x == 0) {
            ids[rank] = next.index == NONE ? -1 : next.index;
            values[rank] = next.index == NONE ? -INFINITY : next.value - top - sum;
        }
        taken = next;
        stale = own.index == next.index;
    }
}
