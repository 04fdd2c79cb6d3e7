// Root mean square norm of each head of q or k by itself, in place: a warp a head.
//   grid (rows, ⌈heads / 8⌉), block 256
#include "norm.cuh"

constexpr int PER_LANE = divUp(HEAD_DIM, 32);

// x: rows of heads · HEAD_DIM with a stride in elements; weight [HEAD_DIM].
KERNEL rms_norm_heads(T* x, const T* weight, i64 stride, i32 heads, f32 eps) {
    waitForPreviousKernel();
    const int head = blockIdx.y * 8 + threadIdx.x / 32, lane = threadIdx.x % 32;
    if (head >= heads) return;
    x += blockIdx.x * stride + head * HEAD_DIM;
    float values[PER_LANE];
    float squares = 0.f;
#pragma unroll
    for (int i = 0; i < PER_LANE; i++) {
        const int d = i * 32 + lane;
        values[i] = d < HEAD_DIM ? toFloat(x[d]) : 0.f;
        squares += values[i] * values[i];
    }
    const float inverse = rsqrtf(warpSum(squares) / HEAD_DIM + eps);
#pragma unroll
    for (int i = 0; i < PER_LANE; i++) {
        const int d = i * 32 + lane;
        if (d < HEAD_DIM) x[d] = weighted(values[i] * inverse, weight[d]);
    }
}
