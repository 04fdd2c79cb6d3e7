// A persistent grid's work on sequences of rows that lie one after the other: tiles of ROWS rows, drawn from a counter.
#pragma once
#include "gatun.cuh"

// ROWS rows of a sequence, from `first` on, and one of the slots that every row has: heads, or groups of them.
struct Tile {
    i32 sequence;  // or −1: there are no more tiles
    i32 start;     // its first row
    i32 rows;      // it has so many
    i32 prefix;    // positions of the sequence before its rows
    i32 first, slot;
    DEVICE int length() const { return prefix + rows; }
};

// The sequences' tiles, one sequence after the other and the last rows of each first. A warp works together.
template <int ROWS> struct RaggedTiles {
    const i32 *indptr, *lengths;  // [sequences + 1] bounds the rows of each; [sequences] positions of each, or null where there are no others
    int sequences, slots;
    u32* drawn;

    // Tile `index`. Sets `total` where there is none.
    DEVICE Tile at(u32 index, u32& total) const {
        const int lane = threadIdx.x % 32;
        u32 before = 0;
        for (int from = 0; from < sequences; from += 32) {
            const int mine = from + lane;
            const int start = mine < sequences ? indptr[mine] : 0, rows = mine < sequences ? indptr[mine + 1] - start : 0;
            const u32 count = divUp(rows, ROWS) * slots;
            u32 sum = count;
#pragma unroll
            for (int d = 1; d < 32; d *= 2) {
                const u32 other = __shfl_up_sync(0xffffffffu, sum, d);
                if (lane >= d) sum += other;
            }
            const u32 found = __ballot_sync(0xffffffffu, index - before < sum);
            if (found != 0) {
                const int owner = __ffs(found) - 1;
                Tile tile;
                tile.sequence = from + owner;
                tile.start = __shfl_sync(0xffffffffu, start, owner);
                tile.rows = __shfl_sync(0xffffffffu, rows, owner);
                tile.prefix = lengths != nullptr ? lengths[tile.sequence] - tile.rows : 0;
                const u32 within = index - before - __shfl_sync(0xffffffffu, sum - count, owner);
                tile.first = (divUp(tile.rows, ROWS) - 1 - within / slots) * ROWS;
                tile.slot = within % slots;
                return tile;
            }
            before += __shfl_sync(0xffffffffu, sum, 31);
        }
        total = before;
        return {-1};
    }

    // Asks for another tile, by lane 0. There is a draw for every tile that was found, so the last of them finds the counter to be reset.
    DEVICE u32 draw() const { return threadIdx.x % 32 == 0 ? atomicAdd(drawn, 1u) : 0; }

    DEVICE Tile next(u32 ticket) const {
        ticket = __shfl_sync(0xffffffffu, ticket, 0);
        u32 total = 0;
        const Tile tile = at(gridDim.x + ticket, total);
        if (tile.sequence < 0 && ticket == total - 1 && threadIdx.x % 32 == 0) *drawn = 0;
        return tile;
    }
};
