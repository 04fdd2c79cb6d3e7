package io.gatun.runtime.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

class PageAllocatorTest {
    private final PageAllocator pages = new PageAllocator(11, 4);

    @Test
    void allPagesButTheFirstAreHandedOutEachOnce() {
        var list = new PageList();
        assertThat(pages.availablePages()).isEqualTo(10);
        assertThat(pages.availableTokens()).isEqualTo(40);
        assertThat(pages.grow(list, 40)).isTrue();
        var seen = new HashSet<Integer>();
        for (int i = 0; i < list.size(); i++) {
            seen.add(list.get(i));
        }
        assertThat(seen).hasSize(10).doesNotContain(0).allMatch(page -> page > 0 && page < 11);
        assertThat(pages.availablePages()).isZero();
    }

    @Test
    void aPartOfAPageTakesAPage() {
        assertThat(pages.pagesFor(0)).isZero();
        assertThat(pages.pagesFor(1)).isEqualTo(1);
        assertThat(pages.pagesFor(4)).isEqualTo(1);
        assertThat(pages.pagesFor(5)).isEqualTo(2);
    }

    @Test
    void aListGrowsOnlyByWhatItLacks() {
        var list = new PageList();
        pages.grow(list, 5);
        int first = list.get(0);
        assertThat(pages.grow(list, 8)).isTrue();
        assertThat(list.size()).isEqualTo(2);
        assertThat(pages.grow(list, 3)).isTrue();
        assertThat(list.size()).isEqualTo(2);
        pages.grow(list, 9);
        assertThat(list.size()).isEqualTo(3);
        assertThat(list.get(0)).isEqualTo(first);
    }

    @Test
    void askingForTooMuchChangesNothing() {
        var list = new PageList();
        pages.grow(list, 4);
        assertThat(pages.grow(list, 45)).isFalse();
        assertThat(list.size()).isEqualTo(1);
        assertThat(pages.availablePages()).isEqualTo(9);
    }

    @Test
    void releasedPagesCanBeHadAgainAndNoneTwice() {
        var a = new PageList();
        var b = new PageList();
        pages.grow(a, 20);
        pages.grow(b, 20);
        pages.release(a);
        pages.release(a);
        assertThat(a.size()).isZero();
        assertThat(pages.availablePages()).isEqualTo(5);
        pages.grow(a, 20);
        var seen = new HashSet<Integer>();
        for (int i = 0; i < 5; i++) {
            seen.add(a.get(i));
            seen.add(b.get(i));
        }
        assertThat(seen).hasSize(10);
    }
}
