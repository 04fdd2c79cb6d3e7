package io.gatun.runtime.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.memory.CpuDevice;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReqToTokenPoolTest {
    private final CpuDevice device = new CpuDevice();
    private final ReqToTokenPool pool = new ReqToTokenPool(device, 3, 5);

    @AfterEach
    void closeWithNothingLeft() {
        pool.close();
        assertThat(device.ledger().liveByArena()).isEmpty();
    }

    @Test
    void rowsAreHandedOutOnceAndRowZeroNever() {
        assertThat(List.of(pool.allocate(), pool.allocate(), pool.allocate())).containsExactlyInAnyOrder(1, 2, 3);
        assertThat(pool.availableRows()).isZero();
        assertThatThrownBy(pool::allocate).isInstanceOf(IllegalStateException.class).hasMessage("all 3 rows of the page table are handed out");
        pool.release(2);
        assertThat(pool.allocate()).isEqualTo(2);
    }

    @Test
    void theTableHasADummyRowOfPageZero() {
        assertThat(pool.table().shape()).hasToString("[4, 5]");
        assertThat(pool.table().narrowRows(0, 1).toInts()).containsOnly(0);
    }

    @Test
    void aPageBeyondTheRowIsAnErrorAndNotTheNextRequestsFirst() {
        assertThat(pool.element(2, 4)).isEqualTo(14);
        assertThatThrownBy(() -> pool.element(2, 5)).isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("page 5 of a request; the table has room for 5");
    }

    @Test
    void aTableTooLargeToCountIsRefused() {
        assertThatThrownBy(() -> new ReqToTokenPool(device, 4096, 1 << 20)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("a page table for 4096 running requests of 1048576 pages each is too large");
    }

    @Test
    void aListKnowsWhichOfItsPagesTheTableHas() {
        var list = PageList.repeating(7, 3);
        assertThat(list.synced()).isZero();
        list.markSynced();
        list.add(8);
        assertThat(list.synced()).isEqualTo(3);
        list.removeLast();
        assertThat(list.synced()).isEqualTo(3);
        list.removeLast();
        list.add(9);
        assertThat(list.synced()).isEqualTo(2);
    }
}
