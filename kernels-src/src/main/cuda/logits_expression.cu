// A caller's own expression over each logit x, its token id and the step.
//   grid (⌈vocab / 256⌉, rows), block 256
#include "gatun.cuh"

DEVICE float expression(const float x, const int id, const int step) { return float(EXPRESSION); }

KERNEL logits_expression(f32* logits, i64 stride, i32 vocab, i32 step) {
    const int id = blockIdx.x * 256 + threadIdx.x;
    if (id < vocab) logits[blockIdx.y * stride + id] = expression(logits[blockIdx.y * stride + id], id, step);
}
