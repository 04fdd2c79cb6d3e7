// sm_90 and later: tensor maps, barriers in shared memory that count arriving bytes, clusters, and transposing stores of matrices.
#pragma once
#include "mma.cuh"

// What cuTensorMapEncodeTiled writes; passed to kernels by value as const __grid_constant__.
struct alignas(64) TensorMap { u64 opaque[16]; };

DEVICE void barrierInit(u32 barrier, u32 arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals));
}
DEVICE void barrierInitFence() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }
DEVICE void barrierArrive(u32 barrier) { asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory"); }
DEVICE void barrierExpect(u32 barrier, u32 bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}
// Where BOUNDED_WAITS is defined, a wait of 4 to 9 seconds ends the kernel with an error.
DEVICE void barrierWait(u32 barrier, u32 parity) {
    u32 done;
#ifdef BOUNDED_WAITS
    u32 begin, now;
    asm volatile("mov.u32 %0, %%globaltimer_hi;" : "=r"(begin));
#endif
    do {
        asm volatile("{ .reg .pred p; mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2; selp.u32 %0, 1, 0, p; }"
                     : "=r"(done)
                     : "r"(barrier), "r"(parity)
                     : "memory");
#ifdef BOUNDED_WAITS
        asm volatile("mov.u32 %0, %%globaltimer_hi;" : "=r"(now));
        if (now - begin > 1) asm volatile("st.global.u32 [%0], %1;" ::"l"(0ull), "r"(now));  // for a trap the compiler would spill registers
#endif
    } while (!done);
}

// What this thread has written to shared memory is seen by copies and matrix instructions that start after it.
DEVICE void proxyFence() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

DEVICE void prefetchMap(const TensorMap& map) { asm volatile("prefetch.tensormap [%0];" ::"l"(&map) : "memory"); }

// The box of a 2-D map at (column, row), outside elements as zeros; `barrier` learns of its bytes.
DEVICE void copyBox(u32 shared, const TensorMap& map, int column, int row, u32 barrier) {
    asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];"
                 ::"r"(shared), "l"(&map), "r"(column), "r"(row), "r"(barrier) : "memory");
}

// The same of a 3-D map, one layer of it.
DEVICE void copyBox(u32 shared, const TensorMap& map, int column, int layer, int row, u32 barrier) {
    asm volatile("cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4}], [%5];"
                 ::"r"(shared), "l"(&map), "r"(column), "r"(layer), "r"(row), "r"(barrier) : "memory");
}

// Every thread of every block of the cluster arrives; what was written before is seen after.
DEVICE void clusterSync() {
    asm volatile("barrier.cluster.arrive.release.aligned; barrier.cluster.wait.acquire.aligned;" ::: "memory");
}

// Reads at this block's shared address, but in block `rank` of the cluster.
DEVICE float4 loadFromRank(u32 shared, u32 rank) {
    float4 x;
    asm volatile("{ .reg .u32 there; mapa.shared::cluster.u32 there, %4, %5; ld.shared::cluster.v4.f32 {%0,%1,%2,%3}, [there]; }"
                 : "=f"(x.x), "=f"(x.y), "=f"(x.z), "=f"(x.w)
                 : "r"(shared), "r"(rank)
                 : "memory");
    return x;
}

// Stores four 8x8 matrices of 16-bit elements transposed; lane i gives the shared address of row i % 8 of transposed matrix i / 8.
DEVICE void storeMatrixTransposed(u32 address, const u32 (&r)[4]) {
    asm volatile("stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 [%0], {%1,%2,%3,%4};"
                 ::"r"(address), "r"(r[0]), "r"(r[1]), "r"(r[2]), "r"(r[3]) : "memory");
}

DEVICE uint4 loadShared16(u32 address) {
    uint4 x;
    asm volatile("ld.shared.v4.u32 {%0,%1,%2,%3}, [%4];" : "=r"(x.x), "=r"(x.y), "=r"(x.z), "=r"(x.w) : "r"(address) : "memory");
    return x;
}
