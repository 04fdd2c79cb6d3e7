// Changes to logits before a token is drawn, and the counts of tokens that they depend on.
#include "gatun.cuh"

constexpr i32 IN_PROMPT = 1 << 30;

//   grid (⌈vocab / 256⌉, rows), block 256
KERNEL penalize(const f32* logits, f32* out, const i32* counts, const i32* slots, const f32* repetitions, const f32* frequencies, const f32* presences,
        i64 stride, i64 outStride, i64 countStride, i32 vocab) {
    const int id = blockIdx.x * 256 + threadIdx.x, b = blockIdx.y;
    if (id >= vocab) return;
    float x = logits[b * stride + id];
    const int slot = slots[b];
    const i32 count = slot < 0 ? 0 : counts[slot * countStride + id];
    if (count != 0) {
        x = x > 0.f ? x / repetitions[b] : x * repetitions[b];
        const i32 generated = count & (IN_PROMPT - 1);
        if (generated != 0) x = x - frequencies[b] * float(generated) - presences[b];
    }
    out[b * outStride + id] = x;
}

//   grid (rows), block 256
KERNEL add_bias(f32* logits, const i32* starts, const i32* ids, const f32* values, i64 stride) {
    const int b = blockIdx.x;
    for (int i = starts[b] + threadIdx.x; i < starts[b + 1]; i += 256) atomicAdd(logits + b * stride + ids[i], values[i]);
}

//   grid (⌈tokens / 256⌉), block 256
KERNEL count_tokens(i32* counts, const i32* slots, const i32* ids, i64 stride, i32 tokens, i32 inPrompt) {
    const int i = blockIdx.x * 256 + threadIdx.x;
    if (i >= tokens || slots[i] < 0) return;
    i32* const count = counts + slots[i] * stride + ids[i];
    if (inPrompt) {
        atomicOr(count, IN_PROMPT);
    } else {
        atomicAdd(count, 1);
    }
}
