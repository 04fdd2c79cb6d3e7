// Types, conversions and warp reductions shared by every kernel. NVRTC gets no other header, so nothing of CUDA's own
// headers may be used: 16-bit floats are carried as raw bits and converted by PTX.
#pragma once

using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;
using i32 = int;
using i64 = long long;

#define DEVICE __device__ __forceinline__
#define KERNEL extern "C" __global__ void
#define INFINITY __int_as_float(0x7f800000)

struct bf16 { u16 bits; };
struct f16 { u16 bits; };
using f32 = float;

DEVICE float toFloat(float x) { return x; }
DEVICE float toFloat(bf16 x) { return __uint_as_float(u32(x.bits) << 16); }
DEVICE float toFloat(f16 x) { float y; asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits)); return y; }

template <typename T> DEVICE T fromFloat(float x);
template <> DEVICE float fromFloat<float>(float x) { return x; }
template <> DEVICE bf16 fromFloat<bf16>(float x) { bf16 y; asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(y.bits) : "f"(x)); return y; }
template <> DEVICE f16 fromFloat<f16>(float x) { f16 y; asm("cvt.rn.f16.f32 %0, %1;" : "=h"(y.bits) : "f"(x)); return y; }

// Two floats packed into one register, the lower address in the lower half.
template <typename T> DEVICE u32 pack2(float lo, float hi);
template <> DEVICE u32 pack2<bf16>(float lo, float hi) { u32 r; asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(hi), "f"(lo)); return r; }
template <> DEVICE u32 pack2<f16>(float lo, float hi) { u32 r; asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(hi), "f"(lo)); return r; }

// N consecutive elements moved as one access of up to 16 bytes.
template <typename T, int N> struct alignas(sizeof(T) * N) Vec {
    T v[N];
    DEVICE T& operator[](int i) { return v[i]; }
    DEVICE const T& operator[](int i) const { return v[i]; }
};
template <typename T> constexpr int VEC16 = 16 / sizeof(T);

template <typename T, int N> DEVICE Vec<T, N> load(const T* p) { return *reinterpret_cast<const Vec<T, N>*>(p); }
template <typename T, int N> DEVICE void store(T* p, const Vec<T, N>& x) { *reinterpret_cast<Vec<T, N>*>(p) = x; }

DEVICE float warpSum(float x) {
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) x += __shfl_xor_sync(0xffffffffu, x, d);
    return x;
}

DEVICE float warpMax(float x) {
#pragma unroll
    for (int d = 16; d > 0; d >>= 1) x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, d));
    return x;
}

// The sum over a block of THREADS threads, known to every thread; the order of addition is fixed.
template <int THREADS> DEVICE float blockSum(float x) {
    __shared__ float partial[THREADS / 32];
    x = warpSum(x);
    if ((threadIdx.x & 31) == 0) partial[threadIdx.x >> 5] = x;
    __syncthreads();
    float total = 0.f;
#pragma unroll
    for (int i = 0; i < THREADS / 32; i++) total += partial[i];
    __syncthreads();
    return total;
}

// Programmatic dependent launch, where the host asks for it (elsewhere both do nothing): the next kernel may start while this one runs, and a kernel
// so started must wait before it touches anything but weights. Every kernel of a file that waits must wait: the host tells by the file.
// Kernels that stream weights release the next one when they start. Macro RELEASE says when others do: 0 when they end, 1 when they have waited, 2 when
// they start.
#ifndef RELEASE
#define RELEASE 0
#endif
DEVICE void releaseNextKernel() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}
DEVICE void waitForPreviousKernel() {
    if (RELEASE == 2) releaseNextKernel();
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
    if (RELEASE == 1) releaseNextKernel();
}

constexpr int divUp(int a, int b) { return (a + b - 1) / b; }
