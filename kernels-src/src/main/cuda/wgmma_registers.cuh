// What chains of products need of Hopper's warpgroup matrix instruction besides wgmma.cuh: a product that does not add, and one whose first operand
// lies in registers, where the accumulators of the product before it left it.
#pragma once
#include "wgmma.cuh"

// The other operand of such a product, [K,N] with N contiguous: boxes of 64 columns, `boxBytes` apart, each with rows of 128 bytes in the 128-byte swizzle
// and aligned to 1024 bytes. Adding 128 moves on by 16 rows.
DEVICE u64 rowDescriptor(u32 shared, int boxBytes) { return u64(1) << 62 | u64(1024 >> 4) << 32 | u64(boxBytes >> 4) << 16 | (shared & 0x3ffff) >> 4; }

// Nothing that uses the registers moves across: neither over the wait that makes results good, nor over the fence before an instruction that reads them.
template <int N> DEVICE void hold(float (&d)[N]) {
#pragma unroll
    for (int i = 0; i < N; i++) asm volatile("" : "+f"(d[i])::"memory");
}
template <int M, int N> DEVICE void hold(u32 (&a)[M][N]) {
#pragma unroll
    for (int i = 0; i < M; i++)
#pragma unroll
        for (int j = 0; j < N; j++) asm volatile("" : "+r"(a[i][j])::"memory");
}

#define TEN(t) "%" #t "0,%" #t "1,%" #t "2,%" #t "3,%" #t "4,%" #t "5,%" #t "6,%" #t "7,%" #t "8,%" #t "9"
#define OUT4(i) "=f"(d[i]), "=f"(d[i + 1]), "=f"(d[i + 2]), "=f"(d[i + 3])
#define OUT16(i) OUT4(i), OUT4(i + 4), OUT4(i + 8), OUT4(i + 12)
#define A4 "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3])

// d[64,N] = a[64,16] · b[N,16]^T, both operands as wgmma's.
template <int N> DEVICE void wgmmaFresh(float (&d)[N / 2], u64 a, u64 b) {
    static_assert(N == 128, "no such product of this width is written here");
    asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32." TEXT(T) "." TEXT(T) " {" TEN() "," TEN(1) "," TEN(2) "," TEN(3) "," TEN(4) "," TEN(5)
                 ",%60,%61,%62,%63}, %64, %65, 0, 1, 1, 0, 0;"
                 : OUT16(0), OUT16(16), OUT16(32), OUT16(48)
                 : "l"(a), "l"(b));
}

#define WGMMA_REGISTERS(n, registers, a, b) \
    "wgmma.mma_async.sync.aligned.m64n" #n "k16.f32." TEXT(T) "." TEXT(T) " {" registers "}, {" a "}, " b ", 1, 1, 1, 1;"

// d[64,N] += a[64,16] · b[16,N]. Lane 4g + t of warp w holds of a the pairs of columns 2t and 2t + 8 of rows 16w + g (a[0], a[2]) and 16w + 8 + g (a[1], a[3]):
// what it holds of 16 columns of d, in order. b by rowDescriptor.
template <int N> DEVICE void wgmmaRegisters(float (&d)[N / 2], const u32 (&a)[4], u64 b) {
    if constexpr (N == 64)
        asm volatile(WGMMA_REGISTERS(64, TEN() "," TEN(1) "," TEN(2) ",%30,%31", "%32,%33,%34,%35", "%36")
                     : D16(0), D16(16)
                     : A4, "l"(b));
    else if constexpr (N == 80)
        asm volatile(WGMMA_REGISTERS(80, TEN() "," TEN(1) "," TEN(2) "," TEN(3), "%40,%41,%42,%43", "%44")
                     : D16(0), D16(16), D4(32), D4(36)
                     : A4, "l"(b));
    else if constexpr (N == 128)
        asm volatile(WGMMA_REGISTERS(128, TEN() "," TEN(1) "," TEN(2) "," TEN(3) "," TEN(4) "," TEN(5) ",%60,%61,%62,%63", "%64,%65,%66,%67", "%68")
                     : D64(0)
                     : A4, "l"(b));
    else
        static_assert(N == 0, "no such product of this width is written here");
}
