// Products of rows that lie in shared memory, 16-row tiles at a time. A warp keeps the results in the layout of mma.m16n8: of every 8 columns, lane l
// holds columns 2(l % 4) and 2(l % 4) + 1 of rows l / 4 (values 0, 1) and l / 4 + 8 (values 2, 3). bf16 and f16 multiply on the tensor cores; f32 keeps
// the same layout and multiplies by FMA.
#pragma once
#include "mma.cuh"

// Row stride in shared memory, in elements: an odd number of 16-byte pieces, so that eight rows meet no bank conflict.
template <int DIM> constexpr int PADDED = DIM + VEC16<T>;

// s = q · kᵀ for 16·MT rows of q and 8·NT of k, all of DIM elements and in shared memory. What comes of two rows depends on nothing else.
template <int DIM, int MT, int NT> DEVICE void rowProducts(float (&s)[MT][NT][4], const T* q, const T* k, int lane) {
    constexpr int ROW = PADDED<DIM>;
#pragma unroll
    for (int m = 0; m < MT; m++)
#pragma unroll
        for (int n = 0; n < NT; n++) s[m][n][0] = s[m][n][1] = s[m][n][2] = s[m][n][3] = 0.f;

    if constexpr (sizeof(T) == 2) {
        const u32 qLane = sharedAddress(q + (lane % 16) * ROW + lane / 16 * 8);
        const u32 kLane = sharedAddress(k + (lane % 8 + lane / 16 * 8) * ROW + lane / 8 % 2 * 8);
        // Not whole where the tile is large: ptxas would load more fragments ahead than it has registers for.
#pragma unroll(MT * NT > 8 || DIM > 256 ? 2 : DIM / 16)
        for (int d = 0; d < DIM; d += 16) {
            u32 a[MT][4];
#pragma unroll
            for (int m = 0; m < MT; m++) loadMatrix(a[m], qLane + (m * 16 * ROW + d) * 2);
#pragma unroll
            for (int n = 0; n < NT; n += 2) {
                u32 b[4];
                loadMatrix(b, kLane + (n * 8 * ROW + d) * 2);
#pragma unroll
                for (int m = 0; m < MT; m++) {
                    mma(s[m][n], a[m][0], a[m][1], a[m][2], a[m][3], b[0], b[1]);
                    mma(s[m][n + 1], a[m][0], a[m][1], a[m][2], a[m][3], b[2], b[3]);
                }
            }
        }
    } else {
        const T* qLane = q + lane / 4 * ROW;
        const T* kLane = k + lane % 4 * 2 * ROW;
#pragma unroll 1
        for (int d = 0; d < DIM; d += 4)
#pragma unroll
            for (int m = 0; m < MT; m++) {
                const auto q0 = load<T, 4>(qLane + m * 16 * ROW + d), q1 = load<T, 4>(qLane + (m * 16 + 8) * ROW + d);
#pragma unroll
                for (int n = 0; n < NT; n++) {
                    const auto k0 = load<T, 4>(kLane + n * 8 * ROW + d), k1 = load<T, 4>(kLane + (n * 8 + 1) * ROW + d);
#pragma unroll
                    for (int e = 0; e < 4; e++) {
                        s[m][n][0] = fmaf(toFloat(q0[e]), toFloat(k0[e]), s[m][n][0]);
                        s[m][n][1] = fmaf(toFloat(q0[e]), toFloat(k1[e]), s[m][n][1]);
                        s[m][n][2] = fmaf(toFloat(q1[e]), toFloat(k0[e]), s[m][n][2]);
                        s[m][n][3] = fmaf(toFloat(q1[e]), toFloat(k1[e]), s[m][n][3]);
                    }
                }
            }
    }
}
