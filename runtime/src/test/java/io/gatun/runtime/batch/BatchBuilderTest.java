package io.gatun.runtime.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.cpu.CpuKernels;
import io.gatun.memory.CpuDevice;
import io.gatun.memory.DType;
import io.gatun.runtime.cache.KvPool;
import io.gatun.runtime.cache.KvPool.KvShape;
import io.gatun.runtime.cache.PageAllocator;
import io.gatun.runtime.cache.PageList;
import io.gatun.runtime.cache.ReqToTokenPool;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchBuilderTest {
    private static final int PAGE_SIZE = 4;
    private static final int PAGES = 600;
    private static final int MAX_PAGES = 250;

    private final CpuDevice device = new CpuDevice();
    private final CpuKernels kernels = new CpuKernels(device, 1);
    private final KvPool pool = new KvPool(device, new KvShape(1, 1, 2, DType.F32), PAGES, PAGE_SIZE);
    private final PageAllocator pages = new PageAllocator(PAGES, PAGE_SIZE);
    private final ReqToTokenPool reqToToken = new ReqToTokenPool(device, 300, MAX_PAGES);
    private final BatchBuilder builder = new BatchBuilder(kernels, pool, reqToToken, 16, 4);

    @AfterEach
    void closeWithNothingLeft() {
        builder.close();
        reqToToken.close();
        pool.close();
        kernels.close();
        assertThat(device.ledger().liveByArena()).isEmpty();
    }

    @Test
    void tokensOfAllRequestsLieOneAfterTheOther() {
        var first = chunk(new int[] {10, 11, 12, 13, 14}, 3, 2);
        var second = chunk(new int[] {20, 21, 22}, 0, 3);
        var batch = builder.build(ForwardMode.EXTEND, List.of(first, second));
        assertThat(batch.mode()).isEqualTo(ForwardMode.EXTEND);
        assertThat(batch.size()).isEqualTo(2);
        assertThat(batch.inputIds().toInts()).containsExactly(13, 14, 20, 21, 22);
        assertThat(batch.positions().toInts()).containsExactly(3, 4, 0, 1, 2);
        assertThat(batch.outCacheLoc().toInts()).containsExactly(slot(first, 3), slot(first, 4), slot(second, 0), slot(second, 1), slot(second, 2));
        assertThat(batch.lastRows().toInts()).containsExactly(1, 4);
        assertThat(batch.attention().qoIndptr().toInts()).containsExactly(0, 2, 5);
        assertThat(batch.attention().kvLens().toInts()).containsExactly(5, 3);
        assertThat(batch.attention().rows().toInts()).containsExactly(first.row(), second.row());
        assertThat(batch.attention().maxQoLen()).isEqualTo(3);
        assertThat(batch.attention().maxKvLen()).isEqualTo(5);
        assertThat(batch.kvPool()).isSameAs(pool);
    }

    @Test
    void thePageTableHoldsEachRequestsPagesInItsRow() {
        var first = chunk(new int[9], 8, 1);
        var second = chunk(new int[2], 1, 1);
        var batch = builder.build(ForwardMode.DECODE, List.of(first, second));
        assertThat(batch.attention().pageTable()).isSameAs(reqToToken.table());
        assertThat(tableRow(first)).isEqualTo(listOf(first.pages())).hasSize(3);
        assertThat(tableRow(second)).isEqualTo(listOf(second.pages())).hasSize(1);
        assertThat(reqToToken.table().narrowRows(0, 1).toInts()).containsOnly(0);
    }

    @Test
    void onlyNewPagesAreSent() {
        var request = chunk(new int[9], 0, 9);
        builder.build(ForwardMode.EXTEND, List.of(request));
        reqToToken.table().narrowRows(request.row(), 1).copyFrom(new int[MAX_PAGES]);
        pages.grow(request.pages(), 16);
        builder.build(ForwardMode.EXTEND, List.of(request));
        assertThat(tableRow(request)).containsExactly(0, 0, 0, request.pages().get(3));
    }

    @Test
    void pagesThatWereTakenBackAndGivenAgainAreSentAgain() {
        var request = chunk(new int[12], 0, 12);
        builder.build(ForwardMode.EXTEND, List.of(request));
        pages.release(request.pages());
        chunk(new int[4], 0, 4);
        pages.grow(request.pages(), 12);
        builder.build(ForwardMode.EXTEND, List.of(request));
        assertThat(tableRow(request)).isEqualTo(listOf(request.pages()));
    }

    @Test
    void anIdThatTheHostDoesNotKnowNamesItsRow() {
        var known = chunk(new int[] {5, 6}, 1, 1);
        var unknown = chunk(new int[] {5, -1}, 0, 2);
        var batch = builder.build(ForwardMode.MIXED, List.of(known, unknown));
        assertThat(batch.inputIds().toInts()).containsExactly(6, 5, -1 - unknown.row());
    }

    @Test
    void everyPartIsAlignedLikeATensor() {
        var batch = builder.build(ForwardMode.EXTEND, List.of(chunk(new int[5], 0, 5), chunk(new int[3], 0, 3)));
        assertThat(List.of(batch.inputIds(), batch.positions(), batch.outCacheLoc(), batch.lastRows(), batch.attention().qoIndptr(),
                batch.attention().kvLens(), batch.attention().rows())).allMatch(part -> part.address() % 256 == 0);
    }

    @Test
    void theNextBatchIsRightInTheSameMemory() {
        long address = builder.build(ForwardMode.EXTEND, List.of(chunk(new int[] {1, 2, 3, 4, 5, 6}, 0, 6))).inputIds().address();
        long before = device.ledger().liveBytes();
        var batch = builder.build(ForwardMode.DECODE, List.of(chunk(new int[] {7, 8}, 1, 1)));
        assertThat(batch.inputIds().toInts()).containsExactly(8);
        assertThat(batch.positions().toInts()).containsExactly(1);
        assertThat(batch.inputIds().address()).isEqualTo(address);
        assertThat(device.ledger().liveBytes()).isEqualTo(before);
    }

    @Test
    void aStepLargerThanPlannedFitsAndTheUsualOnesStayWhereTheyWere() {
        var small = chunk(new int[] {7}, 0, 1);
        long address = builder.build(ForwardMode.DECODE, List.of(small)).inputIds().address();
        var chunks = new ArrayList<TokenChunk>();
        chunks.add(chunk(new int[1000], 999, 1));
        IntStream.range(0, 200).forEach(i -> chunks.add(chunk(new int[] {i}, 0, 1)));
        var batch = builder.build(ForwardMode.DECODE, chunks);
        assertThat(batch.inputIds().toInts()).startsWith(0, 0, 1, 2).endsWith(199);
        assertThat(chunks).allSatisfy(chunk -> assertThat(tableRow(chunk)).isEqualTo(listOf(chunk.pages())));
        assertThat(builder.build(ForwardMode.DECODE, List.of(small)).inputIds().address()).isEqualTo(address);
    }

    @Test
    void aDecodeStepIsFilledUpWithDummiesWhereItsGraphReadsIt() {
        var inputs = builder.decodeInputs(4, 1000);
        builder.build(ForwardMode.EXTEND, List.of(chunk(IntStream.range(100, 116).toArray(), 0, 16)));
        var first = chunk(new int[] {5, 6}, 1, 1);
        var second = chunk(new int[] {7, -1}, 1, 1);
        assertThat(builder.sendDecode(List.of(first, second), 4)).isTrue();
        assertThat(inputs.size()).isEqualTo(4);
        assertThat(inputs.inputIds().toInts()).containsExactly(6, -1 - second.row(), 0, 0);
        assertThat(inputs.positions().toInts()).containsExactly(1, 1, 0, 0);
        assertThat(inputs.outCacheLoc().toInts()).containsExactly(slot(first, 1), slot(second, 1), 0, 0);
        assertThat(inputs.lastRows().toInts()).containsExactly(0, 1, 2, 3);
        assertThat(inputs.attention().qoIndptr().toInts()).containsExactly(0, 1, 2, 3, 4);
        assertThat(inputs.attention().kvLens().toInts()).containsExactly(2, 2, 1, 1);
        assertThat(inputs.attention().rows().toInts()).containsExactly(first.row(), second.row(), 0, 0);
        assertThat(inputs.attention().maxKvLen()).isEqualTo(1000);
        assertThat(tableRow(second)).isEqualTo(listOf(second.pages()));
        assertThat(builder.build(ForwardMode.DECODE, List.of(first, second, chunk(new int[1], 0, 1), chunk(new int[1], 0, 1))).inputIds().address())
                .isEqualTo(inputs.inputIds().address());
    }

    @Test
    void aDecodeStepWithUnusuallyManyNewPagesIsLeftToTheOtherWay() {
        var request = chunk(new int[1000], 999, 1);
        assertThat(builder.sendDecode(List.of(request), 1)).isFalse();
        builder.build(ForwardMode.DECODE, List.of(request));
        assertThat(tableRow(request)).isEqualTo(listOf(request.pages()));
        assertThat(builder.sendDecode(List.of(request), 1)).isTrue();
    }

    @Test
    void aTokenThatTheRequestDoesNotHaveIsAnError() {
        assertThatThrownBy(() -> builder.build(ForwardMode.EXTEND, List.of(chunk(new int[3], 2, 2)))).isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("token 3 of 3");
    }

    @Test
    void pagesOfAStepThatFailedToBeBuiltAreStillSentWithTheNext() {
        var good = chunk(new int[3], 0, 3);
        assertThatThrownBy(() -> builder.build(ForwardMode.EXTEND, List.of(good, chunk(new int[3], 2, 2)))).isInstanceOf(IndexOutOfBoundsException.class);
        builder.build(ForwardMode.EXTEND, List.of(good));
        assertThat(tableRow(good)).isEqualTo(listOf(good.pages()));
    }

    @Test
    void aDecodeStepTakesOneTokenOfEachRequest() {
        var two = chunk(new int[2], 0, 2);
        String message = "the request in row " + two.row() + " brings 2 tokens to a decode step; it must bring 1";
        assertThatThrownBy(() -> builder.build(ForwardMode.DECODE, List.of(two))).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
        assertThatThrownBy(() -> builder.sendDecode(List.of(two), 4)).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
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

    private List<Integer> tableRow(Chunk chunk) {
        int[] row = reqToToken.table().narrowRows(chunk.row(), 1).toInts();
        return IntStream.range(0, chunk.pages().size()).mapToObj(i -> row[i]).toList();
    }

    private static List<Integer> listOf(PageList pages) {
        return IntStream.range(0, pages.size()).mapToObj(pages::get).toList();
    }

    private TokenChunk chunk(int[] ids, int prefixLen, int length) {
        var list = new PageList();
        assertThat(pages.grow(list, ids.length)).isTrue();
        return new TokenChunk(reqToToken.allocate(), new TokenList(ids, 0), prefixLen, length, list);
    }
}
