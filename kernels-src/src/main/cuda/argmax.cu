// The index of each row's greatest logit, the lowest of equal ones. NaN is never chosen over a number; a row of NaN gives 0.
//   grid (rows), block 1024
#include "row_search.cuh"

// logits: rows of vocab with a stride in elements.
KERNEL __launch_bounds__(THREADS) argmax(const f32* logits, i32* out, i64 stride, i32 vocab) {
    const Best best = rowBest(logits + blockIdx.x * stride, vocab);
    if (threadIdx.x == 0) out[blockIdx.x] = best.index == NONE ? 0 : best.index;
}
