// Conversion between element types, to nearest even.
//   grid ⌈n / 1024⌉, block 256
#include "gatun.cuh"

// in and out are 16-byte aligned.
KERNEL cast(const FROM* in, TO* out, i64 n) {
    const i64 i = (i64(blockIdx.x) * 256 + threadIdx.x) * 4;
    if (i + 4 <= n) {
        const auto x = load<FROM, 4>(in + i);
        store(out + i, Vec<TO, 4>{fromFloat<TO>(toFloat(x[0])), fromFloat<TO>(toFloat(x[1])), fromFloat<TO>(toFloat(x[2])), fromFloat<TO>(toFloat(x[3]))});
    } else {
        for (i64 j = i; j < n; j++) out[j] = fromFloat<TO>(toFloat(in[j]));
    }
}
