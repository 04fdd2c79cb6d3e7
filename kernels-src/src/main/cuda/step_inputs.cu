// What a step's integers need before the model reads them. The caller has checked rows and indices.
//   grid ⌈count / 256⌉, block 256
#include "gatun.cuh"

// A negative id stands for the token sampled last in row −1 − id, which the host did not know when it sent the step.
KERNEL resolve(i32* ids, const i32* lastTokens, i32 count) {
    waitForPreviousKernel();
    const int t = blockIdx.x * 256 + threadIdx.x;
    if (t < count && ids[t] < 0) ids[t] = lastTokens[-1 - ids[t]];
}

// target[indices[i]] = values[i]
KERNEL scatter(const i32* values, const i32* indices, i32* target, i32 count) {
    waitForPreviousKernel();
    const int i = blockIdx.x * 256 + threadIdx.x;
    if (i < count) target[indices[i]] = values[i];
}
