package io.gatun.runtime.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.memory.CpuDevice;
import io.gatun.memory.DType;
import io.gatun.runtime.cache.KvPool;
import io.gatun.runtime.cache.KvPool.KvShape;
import io.gatun.runtime.cache.PageAllocator;
import io.gatun.runtime.cache.PageList;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchBuilderTest {
    private static final int PAGE_SIZE = 4;
    private static final int PAGES = 600;

    private final CpuDevice device = new CpuDevice();
    private final KvPool pool = new KvPool(device, new KvShape(1, 1, 2, DType.F32), PAGES, PAGE_SIZE);
    private final PageAllocator pages = new PageAllocator(PAGES, PAGE_SIZE);
    private final BatchBuilder builder = new BatchBuilder(device, pool, 16, 4, 16);

    @AfterEach
    void closeWithNothingLeft() {
        builder.close();
        pool.close();
        assertThat(device.ledger().liveByArena()).isEmpty();
    }

    @Test
    void tokensOfAllRequestsLieOneAfterTheOther() {
        var first = chunk(new int[] {10, 11, 12, 13, 14}, 3, 2);
        var second = chunk(new int[] {20, 21, 22}, 0, 3);
        var batch = builder.extend(List.of(first, second));
        assertThat(batch.mode()).isEqualTo(ForwardMode.EXTEND);
        assertThat(batch.size()).isEqualTo(2);
        assertThat(batch.inputIds().toInts()).containsExactly(13, 14, 20, 21, 22);
        assertThat(batch.positions().toInts()).containsExactly(3, 4, 0, 1, 2);
        assertThat(batch.outCacheLoc().toInts()).containsExactly(slot(first, 3), slot(first, 4), slot(second, 0), slot(second, 1), slot(second, 2));
        assertThat(batch.lastRows().toInts()).containsExactly(1, 4);
        assertThat(batch.attention().qoIndptr().toInts()).containsExactly(0, 2, 5);
        assertThat(batch.attention().kvLens().toInts()).containsExactly(5, 3);
        assertThat(batch.attention().maxQoLen()).isEqualTo(3);
        assertThat(batch.attention().maxKvLen()).isEqualTo(5);
        assertThat(batch.kvPool()).isSameAs(pool);
    }

    @Test
    void thePageTableHasARowForEachRequestAsWideAsTheLongest() {
        var first = chunk(new int[9], 8, 1);
        var second = chunk(new int[2], 1, 1);
        var batch = builder.decode(List.of(first, second));
        var table = batch.attention().pageTable();
        assertThat(batch.mode()).isEqualTo(ForwardMode.DECODE);
        assertThat(table.shape()).hasToString("[2, 3]");
        assertThat(table.narrowRows(0, 1).toInts()).containsExactly(first.pages().get(0), first.pages().get(1), first.pages().get(2));
        assertThat(table.narrowRows(1, 1).toInts()[0]).isEqualTo(second.pages().get(0));
    }

    @Test
    void everyPartIsAlignedLikeATensor() {
        var batch = builder.extend(List.of(chunk(new int[5], 0, 5), chunk(new int[3], 0, 3)));
        assertThat(List.of(batch.inputIds(), batch.positions(), batch.outCacheLoc(), batch.lastRows(), batch.attention().qoIndptr(),
                batch.attention().kvLens(), batch.attention().pageTable())).allMatch(part -> part.address() % 256 == 0);
    }

    @Test
    void theNextBatchIsRightInTheSameMemory() {
        builder.extend(List.of(chunk(new int[] {1, 2, 3, 4, 5, 6}, 0, 6)));
        long before = device.ledger().liveBytes();
        var batch = builder.decode(List.of(chunk(new int[] {7, 8}, 1, 1)));
        assertThat(batch.inputIds().toInts()).containsExactly(8);
        assertThat(batch.positions().toInts()).containsExactly(1);
        assertThat(device.ledger().liveBytes()).isEqualTo(before);
    }

    @Test
    void oneLongRequestAmongManyShortOnesFits() {
        var chunks = new ArrayList<Chunk>();
        chunks.add(chunk(new int[1000], 999, 1));
        IntStream.range(0, 200).forEach(i -> chunks.add(chunk(new int[] {i}, 0, 1)));
        var batch = builder.decode(chunks);
        assertThat(batch.attention().pageTable().shape()).hasToString("[201, 250]");
        for (int i = 0; i < chunks.size(); i++) {
            assertThat(batch.attention().pageTable().narrowRows(i, 1).toInts()[0]).isEqualTo(chunks.get(i).pages().get(0));
        }
    }

    @Test
    void aTokenThatTheRequestDoesNotHaveIsAnError() {
        assertThatThrownBy(() -> builder.extend(List.of(chunk(new int[3], 2, 2)))).isInstanceOf(IndexOutOfBoundsException.class).hasMessage("token 3 of 3");
    }

    @Test
    void aTokenListGrowsAndGivesItsTail() {
        var list = new TokenList(new int[] {1, 2}, 0);
        IntStream.range(3, 40).forEach(list::add);
        assertThat(list.size()).isEqualTo(39);
        assertThat(list.get(38)).isEqualTo(39);
        assertThat(list.tail(36)).containsExactly(37, 38, 39);
    }

    private int slot(Chunk chunk, int position) {
        return chunk.pages().get(position / PAGE_SIZE) * PAGE_SIZE + position % PAGE_SIZE;
    }

    private Chunk chunk(int[] ids, int prefixLen, int length) {
        var list = new PageList();
        assertThat(pages.grow(list, ids.length)).isTrue();
        return new Chunk(new TokenList(ids, 0), prefixLen, length, list);
    }
}
