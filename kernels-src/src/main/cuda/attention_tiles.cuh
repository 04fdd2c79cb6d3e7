// How a block of attention for several query rows walks over positions: BLOCK_M rows of one request and kv head, a warp 16·MT of them, tiles of
// BLOCK_N positions, one of which is copied while another is computed. What comes of a row depends on its own query, on the positions it sees and
// on where the tiles begin, and on nothing else.
// Macros besides those of attention.cuh: ROW_TILES (MT), BLOCK_N (16, 32 or 64), HAS_BLOCKS (0 or 1): whether tokens see later ones of their picture.
#pragma once
#include "attention.cuh"

constexpr int WARPS = 4;
constexpr int MT = ROW_TILES;
constexpr int BLOCK_M = WARPS * 16 * MT;
constexpr int NT = BLOCK_N / 8;
static_assert(BLOCK_N % 16 == 0 && WARPS * 16 % BLOCK_N == 0, "BLOCK_N must be 16, 32 or 64");

// Volatile, so that what follows from it is computed where it is used and holds no register through the loop, which has none to spare.
DEVICE int threadIndex() { int t; asm volatile("mov.u32 %0, %%tid.x;" : "=r"(t)); return t; }
DEVICE int laneIndex() { return threadIndex() % 32; }
DEVICE int warpIndex() { return threadIndex() / 32; }

// Starts copying the query rows first..first + BLOCK_M − 1; rows past the request repeat its last one and are never stored.
DEVICE void copyQueries(T* tile, const T* q, i64 stride, int first, int rows) {
    constexpr int PIECES = HEAD_DIM / VEC16<T>;
    for (int i = threadIdx.x; i < BLOCK_M * PIECES; i += WARPS * 32) {
        const int r = i / PIECES, piece = i % PIECES, row = min(first + r, rows - 1);
        copyAsync16(sharedAddress(tile + r * ROW + piece * VEC16<T>), q + row / GROUP * stride + row % GROUP * HEAD_DIM + piece * VEC16<T>, true);
    }
}

// Starts copying a tile's BLOCK_N rows of K and, behind them, of V, 16 rows a warp at a time.
DEVICE void copyTile(T* tile, const T* kCache, const T* vCache, i32 row) {
#pragma unroll
    for (int i = 0; i < divUp(BLOCK_N / 8, WARPS); i++) {
        const int piece = i * WARPS + warpIndex();
        if constexpr (VALUE_DIM == HEAD_DIM) {
            if (piece < BLOCK_N / 8) copyRows16<HEAD_DIM>(tile + piece * 16 * ROW, piece < BLOCK_N / 16 ? kCache : vCache, row, laneIndex());
        } else if (piece < BLOCK_N / 16) {
            copyRows16<HEAD_DIM>(tile + piece * 16 * ROW, kCache, row, laneIndex());
        } else if (piece < BLOCK_N / 8) {
            copyRows16<VALUE_DIM>(tile + BLOCK_N * ROW + (piece - BLOCK_N / 16) * 16 * VALUE_ROW, vCache, row, laneIndex());
        }
    }
    commitCopies();
}

// The position within a tile whose row this lane looks up for its warp's copies.
DEVICE int lookup() { return (warpIndex() * 16 + laneIndex() % 16) % BLOCK_N; }

// Row r of a request and kv head is token r / GROUP of the new ones, which come after `prefix` others, head r % GROUP of the group.
struct Rows {
    int first, prefix, window;
    const i32* blockEnds;  // with HAS_BLOCKS: of each new token, one past the last position that it sees, if that is not its own
    int newTokens;

    DEVICE int lastSeen(int row) const {
        const int position = prefix + row / GROUP;
        if constexpr (HAS_BLOCKS) return max(position, min(blockEnds[min(row / GROUP, newTokens - 1)], prefix + newTokens) - 1);
        else return position;
    }
    DEVICE int firstSeen(int row) const { return HAS_WINDOW ? max(0, prefix + row / GROUP - window + 1) : 0; }
    DEVICE int firstTile() const { return firstSeen(first) / BLOCK_N * BLOCK_N; }
};

struct Walk {
    T *qTile, *kvTiles;
    const T *kCache, *vCache;
    PagedRows cache;
    float scale, cap;  // used with a cap
    i32 row;  // in the cache, of what is copied next; looked up a tile ahead of its use

    static constexpr int TILE = BLOCK_N * (ROW + VALUE_ROW);
    DEVICE T* tileAt(int n0) const { return kvTiles + n0 / BLOCK_N % 2 * TILE; }

    // Starts copying the first tile. No warp may still read it.
    DEVICE void begin(int n0) {
        copyTile(tileAt(n0), kCache, vCache, cache.row(n0 + lookup()));
        row = cache.row(n0 + BLOCK_N + lookup());
    }

    // Adds the positions from..to to the softmax and its output; copies ahead as far as `last`.
    DEVICE void add(float (&o)[MT][VALUE_DIM / 8][4], OnlineSoftmax<MT>& softmax, const Rows& rows, int from, int to, int last, bool active) {
        for (int n0 = from; n0 < to; n0 += BLOCK_N) {
            waitCopies<0>();
            __syncthreads();  // this tile is here, and no warp still reads the other
            if (n0 + BLOCK_N < last) copyTile(tileAt(n0 + BLOCK_N), kCache, vCache, row);
            row = cache.row(n0 + 2 * BLOCK_N + lookup());
            if (!active) continue;

            T* const kTile = tileAt(n0);
            float s[MT][NT][4];
            const int warp = warpIndex(), warpRow = rows.first + warp * 16 * MT;
            scores(s, qTile + warp * 16 * MT * ROW, kTile, laneIndex());
            if constexpr (HAS_CAP) capScores(s, scale, cap);
            if (n0 + BLOCK_N > rows.lastSeen(warpRow) + 1) {
                const int lane = laneIndex();
#pragma unroll
                for (int m = 0; m < MT; m++)
#pragma unroll
                    for (int h = 0; h < 2; h++) {
                        const int seen = rows.lastSeen(warpRow + m * 16 + h * 8 + lane / 4) - n0 - lane % 4 * 2;
#pragma unroll
                        for (int n = 0; n < NT; n++)
#pragma unroll
                            for (int c = 0; c < 2; c++)
                                if (n * 8 + c > seen) s[m][n][2 * h + c] = minusInfinity();
                    }
            }
            if (HAS_WINDOW && n0 < rows.firstSeen(warpRow + 16 * MT - 1)) {
                const int lane = laneIndex();
#pragma unroll
                for (int m = 0; m < MT; m++)
#pragma unroll
                    for (int h = 0; h < 2; h++) {
                        const int unseen = rows.firstSeen(warpRow + m * 16 + h * 8 + lane / 4) - n0 - lane % 4 * 2;
#pragma unroll
                        for (int n = 0; n < NT; n++)
#pragma unroll
                            for (int c = 0; c < 2; c++)
                                if (n * 8 + c < unseen) s[m][n][2 * h + c] = minusInfinity();
                    }
            }
            softmax.step(s, o);
            accumulate(o, s, kTile + BLOCK_N * ROW, laneIndex());
        }
    }
};
