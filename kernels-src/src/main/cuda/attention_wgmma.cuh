// Attention on Hopper's warpgroup tensor cores (FlashAttention-3: Shah et al., 2024). A producer warp brings tiles of queries, keys and values by the copy
// engine; each of WARPGROUPS consumer warpgroups owns 64 query rows, with scores, probabilities and output in registers.
//
// The scores of a tile are multiplied while the tensor cores still add the values of the tile before, and the warpgroups take turns at giving them work, so
// that one computes exponentials while another multiplies.
// Macros besides those of attention.cuh: WARPGROUPS (2, 3), STAGES (tiles of keys, and of values, in flight).
#pragma once
#include "attention.cuh"
#include "tma.cuh"
#include "wgmma_registers.cuh"

static_assert(HEAD_DIM == VALUE_DIM && sizeof(T) == 2, "keys and values are 16-bit and of one size");

constexpr int BLOCK_M = 64 * WARPGROUPS;
constexpr int BLOCK_N = 128;
constexpr int CONSUMERS = 128 * WARPGROUPS;
constexpr int THREADS = CONSUMERS + 128;  // registers are dealt out by warpgroups, so the producer is one, of which one warp works
constexpr int PRODUCER_REGISTERS = WARPGROUPS == 2 ? 40 : 32, CONSUMER_REGISTERS = WARPGROUPS == 2 ? 232 : 160;
constexpr int BOXES = divUp(HEAD_DIM, 64);  // the copy engine brings 64 columns at a time
constexpr int BOX_ROW = 128;                // bytes of a row of a box
constexpr int Q_BYTES = BOXES * BLOCK_M * BOX_ROW;
constexpr int KV_BOX = BLOCK_N * BOX_ROW;
constexpr int KV_BYTES = BOXES * KV_BOX;

// What all lanes know to be the same, said to the compiler, which must see that warpgroups do not diverge.
DEVICE int uniform(int x) { return __shfl_sync(ALL_LANES, x, 0); }

template <int COUNT> DEVICE void fewerRegisters() { asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(COUNT)); }
template <int COUNT> DEVICE void moreRegisters() { asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(COUNT)); }

// STAGES tiles of keys or of values in shared memory.
struct Ring {
    u32 tiles, full, empty;
    int stage;
    u32 phase;
    DEVICE u32 tile() const { return tiles + stage * KV_BYTES; }
    DEVICE u32 filled() const { return full + stage * 8; }
    DEVICE u32 freed() const { return empty + stage * 8; }
    DEVICE void advance() {
        if (++stage == STAGES) stage = 0, phase ^= 1;
    }
};

// What a block's warps share: 1024-byte aligned tiles, and barriers.
struct Block {
    u32 q, qFull, qEmpty;
    Ring keys, values;

    static constexpr int BARRIERS = 2 + 4 * STAGES;
    DEVICE Block(u32 shared, u32 barriers)
        : q(shared), qFull(barriers), qEmpty(barriers + 8), keys{shared + Q_BYTES, barriers + 16, barriers + 16 + 8 * STAGES, 0, 0},
          values{keys.tiles + STAGES * KV_BYTES, keys.empty + 8 * STAGES, keys.empty + 16 * STAGES, 0, 0} {}

    // By one thread.
    DEVICE void initBarriers() const {
        barrierInit(qFull, 1);
        barrierInit(qEmpty, CONSUMERS / 32);
        for (int s = 0; s < STAGES; s++) {
            barrierInit(keys.full + s * 8, 1);
            barrierInit(values.full + s * 8, 1);
            barrierInit(keys.empty + s * 8, CONSUMERS / 32);
            barrierInit(values.empty + s * 8, CONSUMERS / 32);
        }
        barrierInitFence();
    }
};

// Warpgroups that take turns: each waits until the one before has issued its products.
struct Turns {
    int warpgroup;
    static DEVICE void arrive(int at) { asm volatile("bar.arrive %0, 256;" ::"r"(1 + at) : "memory"); }
    DEVICE void begin() const {
        if (warpgroup == WARPGROUPS - 1) arrive(0);
    }
    DEVICE void take() const { asm volatile("bar.sync %0, 256;" ::"r"(1 + warpgroup) : "memory"); }
    DEVICE void pass() const { arrive(warpgroup == WARPGROUPS - 1 ? 0 : warpgroup + 1); }
};

DEVICE void warpgroupSync(int warpgroup) { asm volatile("bar.sync %0, 128;" ::"r"(1 + WARPGROUPS + warpgroup) : "memory"); }

// The online softmax of the two rows that a lane has a share of, their scores in the layout of wgmma's results.
struct RowSoftmax {
    float scaleLog2;
    float top[2] = {minusInfinity(), minusInfinity()};
    float sum[2] = {};  // of this lane's columns

    DEVICE explicit RowSoftmax(float scale) : scaleLog2(scale * LOG2_E) {}

    // Turns scores into probabilities relative to the new maximum; the output so far is to be multiplied with `keep`. A row may have seen nothing yet.
    DEVICE void step(float (&s)[BLOCK_N / 2], float (&keep)[2]) {
#pragma unroll
        for (int h = 0; h < 2; h++) {
            float greatest[2] = {top[h], minusInfinity()};
#pragma unroll
            for (int i = 0; i < BLOCK_N / 2; i += 4)
#pragma unroll
                for (int c = 0; c < 2; c++) greatest[c] = fmaxf(greatest[c], s[i + 2 * h + c]);
            float most = fmaxf(greatest[0], greatest[1]);
            most = fmaxf(most, __shfl_xor_sync(ALL_LANES, most, 1));
            most = fmaxf(most, __shfl_xor_sync(ALL_LANES, most, 2));
            const float base = most == minusInfinity() ? 0.f : most, shift = base * scaleLog2;
            keep[h] = exp2Fast((top[h] - base) * scaleLog2);
            top[h] = most;
            float more[2] = {};
#pragma unroll
            for (int i = 0; i < BLOCK_N / 2; i += 4)
#pragma unroll
                for (int c = 0; c < 2; c++) {
                    float& x = s[i + 2 * h + c];
                    x = exp2Fast(fmaf(x, scaleLog2, -shift));
                    more[c] += x;
                }
            sum[h] = fmaf(sum[h], keep[h], more[0] + more[1]);
        }
    }

    DEVICE float rowSum(int h) const {
        const float pair = sum[h] + __shfl_xor_sync(ALL_LANES, sum[h], 1);
        return pair + __shfl_xor_sync(ALL_LANES, pair, 2);
    }
};

// A consumer warpgroup's work on one tile of queries, whose rows lie at `q`.
struct Attention {
    u32 q;
    Ring &keys, &values;
    Turns turns;

    // Starts s = q · kᵀ.
    DEVICE void startScores(float (&s)[BLOCK_N / 2]) const {
        const u64 a = matrixDescriptor(q), b = matrixDescriptor(keys.tile());
        wgmmaFence();
        wgmmaFresh<BLOCK_N>(s, a, b);
#pragma unroll
        for (int step = 1; step < HEAD_DIM / 16; step++)
            wgmma<BLOCK_N>(s, a + step / 4 * (BLOCK_M * BOX_ROW >> 4) + step % 4 * 2, b + step / 4 * (KV_BOX >> 4) + step % 4 * 2);
        wgmmaCommit();
    }

    // Starts o += p · v.
    DEVICE void startOutput(float (&o)[VALUE_DIM / 2], const u32 (&p)[BLOCK_N / 16][4]) const {
        const u64 b = rowDescriptor(values.tile(), KV_BOX);
        wgmmaFence();
#pragma unroll
        for (int step = 0; step < BLOCK_N / 16; step++) wgmmaRegisters<VALUE_DIM>(o, p[step], b + step * (16 * BOX_ROW >> 4));
        wgmmaCommit();
    }

    static DEVICE void release(Ring& ring) {
        if (threadIdx.x % 32 == 0) barrierArrive(ring.freed());
        ring.advance();
    }

    static DEVICE void pack(u32 (&p)[BLOCK_N / 16][4], const float (&s)[BLOCK_N / 2]) {
#pragma unroll
        for (int i = 0; i < BLOCK_N / 16; i++)
#pragma unroll
            for (int j = 0; j < 4; j++) p[i][j] = pack2<T>(s[8 * i + 2 * j], s[8 * i + 2 * j + 1]);
    }

    // Adds `tiles` > 0 tiles to the softmax and its output, which begin empty. edit(s, i) caps and masks the scores of tile i; done() is called when the
    // queries are no longer needed, last() before the values of the last tile are multiplied, with them in shared memory.
    template <class Edit, class Done, class Last>
    DEVICE void add(float (&o)[VALUE_DIM / 2], RowSoftmax& softmax, int tiles, Edit edit, Done done, Last last) {
        float s[BLOCK_N / 2], keep[2];
        u32 p[BLOCK_N / 16][4];
        barrierWait(keys.filled(), keys.phase);
        startScores(s);
        wgmmaWait<0>();
        hold(s);
        release(keys);
        edit(s, 0);
        softmax.step(s, keep);
        pack(p, s);
#pragma unroll 1
        for (int i = 1; i < tiles; i++) {
            barrierWait(keys.filled(), keys.phase);
            turns.take();
            hold(o);
            hold(p);
            startScores(s);
            barrierWait(values.filled(), values.phase);
            startOutput(o, p);
            turns.pass();
            wgmmaWait<1>();
            hold(s);
            release(keys);
            edit(s, i);
            softmax.step(s, keep);
            hold(s);
            // One wait in either branch: in the block of the softmax, the compiler would move it up before the exponentials.
            if (__any_sync(ALL_LANES, keep[0] != 1.f || keep[1] != 1.f)) {
                wgmmaWait<0>();
                hold(o);
#pragma unroll
                for (int d = 0; d < VALUE_DIM / 2; d++) o[d] *= keep[d % 4 / 2];
            } else {
                wgmmaWait<0>();
                hold(o);
            }
            hold(p);
            release(values);
            pack(p, s);
        }
        done();
        barrierWait(values.filled(), values.phase);
        last();
        hold(o);
        hold(p);
        startOutput(o, p);
        wgmmaWait<0>();
        hold(o);
        hold(p);
        release(values);
    }
};

// Masks the scores of positions from n0 on that the two rows of a lane, which see as far as `seen[h]`, do not see.
DEVICE void mask(float (&s)[BLOCK_N / 2], const int (&seen)[2], int n0, int window) {
    const int column = n0 + threadIdx.x % 4 * 2;
#pragma unroll
    for (int h = 0; h < 2; h++) {
        const int last = seen[h] - column, first = HAS_WINDOW ? last - window + 1 : 0;
#pragma unroll
        for (int i = 0; i < BLOCK_N / 2; i += 4)
#pragma unroll
            for (int c = 0; c < 2; c++)
                if (i * 2 + c > last || HAS_WINDOW && i * 2 + c < first) s[i + 2 * h + c] = minusInfinity();
    }
}

// Zeros for the values of positions past the sequence's, of which memory may hold anything, and a probability of zero times NaN is none.
DEVICE void clearValues(u32 tile, int from, int warpgroup) {
    constexpr int PIECES = BOX_ROW / 16;
    for (int i = threadIdx.x % 128; i < (BLOCK_N - from) * PIECES * BOXES; i += 128) {
        const u32 at = tile + i % BOXES * KV_BOX + (from + i / BOXES / PIECES) * BOX_ROW + i / BOXES % PIECES * 16;
        asm volatile("st.shared.v4.u32 [%0], {%1, %1, %1, %1};" ::"r"(at), "r"(0) : "memory");
    }
    proxyFence();
    warpgroupSync(warpgroup);
}

// Among four lanes: lane t's x[i] goes to lane i's x[t].
DEVICE void transposeQuad(u32 (&x)[4], int t) {
#pragma unroll
    for (int d = 1; d < 4; d *= 2)
#pragma unroll
        for (int i = 0; i < 4; i++) {
            if (i & d) continue;
            const u32 sent = t & d ? x[i] : x[i + d], got = __shfl_xor_sync(ALL_LANES, sent, d);
            if (t & d) x[i] = got;
            else x[i + d] = got;
        }
}

// The first DIM columns of the output, divided by the sums of the softmax: row h of this lane goes to rows[h] where write[h].
template <int DIM> DEVICE void storeOutput(const float (&o)[VALUE_DIM / 2], const float (&sums)[2], T* const (&rows)[2], const bool (&write)[2]) {
    const int t = threadIdx.x % 4;
#pragma unroll
    for (int h = 0; h < 2; h++) {
        const float inverse = reciprocal(sums[h]);
#pragma unroll
        for (int c = 0; c < DIM / 32; c++) {
            u32 x[4];
#pragma unroll
            for (int i = 0; i < 4; i++) x[i] = pack2<T>(o[c * 16 + i * 4 + 2 * h] * inverse, o[c * 16 + i * 4 + 2 * h + 1] * inverse);
            transposeQuad(x, t);
            if (write[h]) *reinterpret_cast<uint4*>(rows[h] + c * 32 + t * 8) = uint4{x[0], x[1], x[2], x[3]};
        }
#pragma unroll
        for (int d = DIM / 32 * 32; d < DIM; d += 8)
            if (write[h]) *reinterpret_cast<u32*>(rows[h] + d + t * 2) = pack2<T>(o[d / 2 + 2 * h] * inverse, o[d / 2 + 2 * h + 1] * inverse);
    }
}
