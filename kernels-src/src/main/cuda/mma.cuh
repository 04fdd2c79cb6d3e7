// Warp-level matrix pieces that every tensor core from sm_80 on has: mma.m16n8k16, ldmatrix, movmatrix and cp.async.
#pragma once
#include "gatun.cuh"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

// d[16,8] += a[16,16] · b[8,16]^T, operands of the 16-bit type T. With g = lane / 4 and t = lane % 4, a lane holds of a the k pairs
// (g, 2t) (g+8, 2t) (g, 2t+8) (g+8, 2t+8), of b (g, 2t) (g, 2t+8), of d the column pairs (g, 2t) (g+8, 2t).
DEVICE void mma(float (&d)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32." TEXT(T) "." TEXT(T) ".f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

// Four 8x8 matrices of 16-bit elements; lane i gives the shared address of row i % 8 of matrix i / 8.
DEVICE void loadMatrix(u32 (&r)[4], u32 address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(address));
}

DEVICE u32 sharedAddress(const void* p) { return u32(__cvta_generic_to_shared(p)); }

// 16 bytes from global to shared memory in the background; zeros where the source does not exist.
DEVICE void copyAsync16(u32 shared, const void* global, bool exists) {
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(shared), "l"(global), "r"(exists ? 16 : 0) : "memory");
}
DEVICE void commitCopies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int PENDING> DEVICE void waitCopies() { asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory"); }

// 16 bytes that are read once: past L1, with the neighbourhood drawn into L2.
DEVICE uint4 loadOnce(const void* p) {
    uint4 x;
    asm volatile("ld.global.nc.L1::no_allocate.L2::256B.v4.u32 {%0,%1,%2,%3}, [%4];" : "=r"(x.x), "=r"(x.y), "=r"(x.z), "=r"(x.w) : "l"(p));
    return x;
}
