// Hopper's warpgroup matrix instruction: d[64,N] += a[64,16] · b[N,16]^T, both operands in shared memory, d in registers.
#pragma once
#include "mma.cuh"

// A K-major tile of rows of 64 16-bit elements, stored with the 128-byte swizzle and aligned to 1024 bytes. Adding 2 moves on by 16 elements.
DEVICE u64 matrixDescriptor(u32 shared) { return u64(1) << 62 | u64(1024 >> 4) << 32 | u64(1) << 16 | (shared & 0x3ffff) >> 4; }

DEVICE void wgmmaFence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
DEVICE void wgmmaCommit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int PENDING> DEVICE void wgmmaWait() { asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(PENDING) : "memory"); }

#define D4(i) "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3])
#define D16(i) D4(i), D4(i + 4), D4(i + 8), D4(i + 12)
#define D64(i) D16(i), D16(i + 16), D16(i + 32), D16(i + 48)
#define WGMMA(n, registers, a, b) "wgmma.mma_async.sync.aligned.m64n" #n "k16.f32." TEXT(T) "." TEXT(T) " {" registers "}, " a ", " b ", 1, 1, 1, 0, 0;"

// Lane 4g + t of warp w holds rows 16w + g (d[4j], d[4j + 1]) and 16w + 8 + g (d[4j + 2], d[4j + 3]), columns 8j + 2t and 8j + 2t + 1.
template <int N> DEVICE void wgmma(float (&d)[N / 2], u64 a, u64 b) {
    if constexpr (N == 8)
        asm volatile(WGMMA(8, "%0,%1,%2,%3", "%4", "%5")
                     : D4(0)
                     : "l"(a), "l"(b));
    else if constexpr (N == 16)
        asm volatile(WGMMA(16, "%0,%1,%2,%3,%4,%5,%6,%7", "%8", "%9")
                     : D4(0), D4(4)
                     : "l"(a), "l"(b));
    else if constexpr (N == 32)
        asm volatile(WGMMA(32, "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15", "%16", "%17")
                     : D16(0)
                     : "l"(a), "l"(b));
    else if constexpr (N == 64)
        asm volatile(WGMMA(64, "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,"
                           "%30,%31", "%32", "%33")
                     : D16(0), D16(16)
                     : "l"(a), "l"(b));
    else if constexpr (N == 128)
        asm volatile(WGMMA(128, "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,"
                           "%30,%31,%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,%48,%49,%50,%51,%52,%53,%54,%55,%56,"
                           "%57,%58,%59,%60,%61,%62,%63", "%64", "%65")
                     : D64(0)
                     : "l"(a), "l"(b));
    else if constexpr (N == 256)
        asm volatile(WGMMA(256, "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9,%10,%11,%12,%13,%14,%15,%16,%17,%18,%19,%20,%21,%22,%23,%24,%25,%26,%27,%28,%29,"
                           "%30,%31,%32,%33,%34,%35,%36,%37,%38,%39,%40,%41,%42,%43,%44,%45,%46,%47,%48,%49,%50,%51,%52,%53,%54,%55,%56,"
                           "%57,%58,%59,%60,%61,%62,%63,%64,%65,%66,%67,%68,%69,%70,%71,%72,%73,%74,%75,%76,%77,%78,%79,%80,%81,%82,%83,"
                           "%84,%85,%86,%87,%88,%89,%90,%91,%92,%93,%94,%95,%96,%97,%98,%99,%100,%101,%102,%103,%104,%105,%106,%107,%108,"
                           "%109,%110,%111,%112,%113,%114,%115,%116,%117,%118,%119,%120,%121,%122,%123,%124,%125,%126,%127", "%128", "%129")
                     : D64(0), D64(64)
                     : "l"(a), "l"(b));
    else
        static_assert(N == 0, "no wgmma of this width is written here");
}
