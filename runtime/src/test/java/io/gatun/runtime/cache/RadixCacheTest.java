package io.gatun.runtime.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.runtime.batch.TokenList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RadixCacheTest {
    private final List<CacheClaim> held = new ArrayList<>();
    private RadixCache cache = cache(33, 4);

    @AfterEach
    void nothingIsLost() {
        cache.audit(held);
    }

    @Test
    void anEmptyCacheMatchesNothing() {
        assertThat(match(1, 2, 3, 4, 5)).isZero();
        assertThat(match()).isZero();
        assertThat(cache.availableTokens()).isEqualTo(cache.totalTokens()).isEqualTo(128);
    }

    @Test
    void fullPagesOfAFinishedRequestAreKept() {
        finish(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        assertThat(cache.evictableTokens()).isEqualTo(8);
        assertThat(cache.availableTokens()).isEqualTo(120);
        assertThat(match(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)).isEqualTo(8);
        assertThat(match(1, 2, 3, 4, 5, 6, 7, 8)).isEqualTo(8);
        assertThat(match(1, 2, 3, 4, 5, 6, 7, 0)).isEqualTo(4);
        assertThat(match(1, 2, 3, 4, 5, 6, 7)).isEqualTo(4);
        assertThat(match(1, 2, 3)).isZero();
        assertThat(match(2, 2, 3, 4)).isZero();
    }

    @Test
    void theLimitCutsAMatchToWholePages() {
        finish(1, 2, 3, 4, 5, 6, 7, 8);
        var tokens = tokens(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(IntStream.of(-3, 0, 3, 4, 7, 8, 99).map(limit -> cache.match(tokens, limit, ""))).containsExactly(0, 0, 0, 4, 4, 8, 8);
        assertThat(claim(tokens, 7).pages().size()).isEqualTo(1);
    }

    @Test
    void aClaimGetsTheSamePagesAndLocksThem() {
        int[] pages = finish(1, 2, 3, 4, 5, 6, 7, 8);
        var claim = claim(tokens(1, 2, 3, 4, 5, 6, 7, 8, 9), 8);
        assertThat(pages(claim)).isEqualTo(pages);
        assertThat(claim.protectedLen()).isEqualTo(8);
        assertThat(cache.protectedTokens()).isEqualTo(8);
        assertThat(cache.evictableTokens()).isZero();
        release(claim);
        assertThat(cache.protectedTokens()).isZero();
        assertThat(cache.evictableTokens()).isEqualTo(8);
        assertThat(claim.protectedLen()).isZero();
    }

    @Test
    void aNodeIsSplitWhereRequestsPart() {
        int[] first = finish(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
        int[] second = finish(1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4);
        assertThat(Arrays.copyOf(second, 2)).isEqualTo(Arrays.copyOf(first, 2));
        assertThat(cache.evictableTokens()).isEqualTo(16);
        assertThat(match(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3)).isEqualTo(12);
        assertThat(match(1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4)).isEqualTo(12);
        assertThat(match(1, 1, 1, 1, 2, 2, 2, 2, 5, 5, 5, 5)).isEqualTo(8);
    }

    @Test
    void aLockOnAPrefixLeavesTheRestEvictable() {
        finish(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
        claim(tokens(1, 1, 1, 1, 9), 4);
        assertThat(cache.protectedTokens()).isEqualTo(4);
        assertThat(cache.evictableTokens()).isEqualTo(8);
    }

    @Test
    void aClaimsNodeMayBeSplitUnderIt() {
        finish(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
        var all = claim(tokens(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3), 12);
        claim(tokens(1, 1, 1, 1, 7, 7, 7, 7), 8);
        assertThat(cache.protectedTokens()).isEqualTo(12);
        assertThat(all.protectedLen()).isEqualTo(12);
        release(all);
        assertThat(cache.protectedTokens()).isEqualTo(4);
    }

    @Test
    void duplicatesAreFreedAndTheTreesPagesTaken() {
        var tokens = tokens(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        var a = grown(tokens);
        var b = grown(tokens);
        a.pages().markSynced();
        b.pages().markSynced();
        cache.cacheUnfinished(a, tokens, 10);
        cache.cacheUnfinished(b, tokens, 10);
        assertThat(Arrays.copyOf(pages(b), 2)).isEqualTo(Arrays.copyOf(pages(a), 2));
        assertThat(pages(b)[2]).isNotEqualTo(pages(a)[2]);
        assertThat(a.pages().synced()).as("no page of the first changed").isEqualTo(3);
        assertThat(b.pages().synced()).isZero();
        assertThat(cache.protectedTokens()).isEqualTo(8);
        assertThat(cache.availableTokens()).isEqualTo(128 - 8 - 8);
    }

    @Test
    void chunksAreInsertedAsTheyCome() {
        var tokens = tokens(IntStream.range(0, 20).toArray());
        var claim = claim(tokens, 19);
        for (int length : new int[] {3, 6, 6, 13, 20}) {
            assertThat(cache.grow(claim, length)).isTrue();
            int[] before = pages(claim);
            cache.cacheUnfinished(claim, tokens, length);
            assertThat(pages(claim)).isEqualTo(before);
            assertThat(claim.protectedLen()).isEqualTo(length / 4 * 4);
            assertThat(cache.match(tokens, 20, "")).isEqualTo(length / 4 * 4);
            cache.audit(held);
        }
        release(claim);
        assertThat(cache.evictableTokens()).isEqualTo(20);
    }

    @Test
    void onlyWhatChangedIsNoLongerSynced() {
        finish(1, 1, 1, 1);
        var tokens = tokens(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
        var claim = claim(tokens, 8);
        cache.grow(claim, 12);
        claim.pages().markSynced();
        finish(1, 1, 1, 1, 2, 2, 2, 2);
        cache.cacheUnfinished(claim, tokens, 12);
        assertThat(claim.pages().synced()).isEqualTo(1);
        cache.grow(claim, 16);
        claim.pages().markSynced();
        assertThat(claim.pages().synced()).isEqualTo(4);
    }

    @Test
    void anAbortedRequestLeavesNothing() {
        var tokens = tokens(1, 2, 3, 4, 5, 6, 7, 8);
        release(grown(tokens));
        assertThat(cache.availableTokens()).isEqualTo(128);
        assertThat(match(1, 2, 3, 4)).isZero();
    }

    @Test
    void extraKeysShareNothing() {
        finish("a", 1, 2, 3, 4);
        assertThat(cache.match(tokens(1, 2, 3, 4), 4, "a")).isEqualTo(4);
        assertThat(cache.match(tokens(1, 2, 3, 4), 4, "b")).isZero();
        assertThat(match(1, 2, 3, 4)).isZero();
        finish("b", 1, 2, 3, 4);
        assertThat(cache.evictableTokens()).isEqualTo(8);
    }

    @Test
    void anyIntIsAToken() {
        finish(Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE);
        assertThat(match(Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE)).isEqualTo(4);
        assertThat(match(Integer.MIN_VALUE, -1, 0, 1)).isZero();
    }

    @Test
    void pagesOfTheSameHashAreNotShared() {
        finish(1, 1, 1, 1);
        finish(1, 1, 0, 32);
        assertThat(TokenList.hash(new int[] {1, 1, 1, 1}, 0, 4)).isEqualTo(TokenList.hash(new int[] {1, 1, 0, 32}, 0, 4));
        assertThat(match(1, 1, 1, 1)).isEqualTo(4);
        assertThat(match(1, 1, 0, 32)).isEqualTo(4);
        assertThat(match(1, 0, 32, 1)).isZero();
        assertThat(cache.evictableTokens()).isEqualTo(8);
    }

    @Test
    void theLeastRecentlyUsedGoesFirst() {
        cache = cache(4, 4);
        finish(1, 1, 1, 1);
        finish(2, 2, 2, 2);
        finish(3, 3, 3, 3);
        release(claim(tokens(1, 1, 1, 1), 4));
        match(2, 2, 2, 2);
        assertThat(cache.grow(hold(new CacheClaim()), 4)).isTrue();
        assertThat(match(2, 2, 2, 2)).as("looking it up is no use").isZero();
        assertThat(match(1, 1, 1, 1)).isEqualTo(4);
        assertThat(cache.grow(held.getLast(), 8)).isTrue();
        assertThat(match(3, 3, 3, 3)).isZero();
        assertThat(match(1, 1, 1, 1)).isEqualTo(4);
    }

    @Test
    void aPrefixIsEvictedAfterWhatContinuesIt() {
        cache = cache(4, 4);
        finish(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
        for (int left = 8; left >= 0; left -= 4) {
            assertThat(cache.grow(hold(new CacheClaim()), 4)).isTrue();
            assertThat(match(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3)).isEqualTo(left);
        }
    }

    @Test
    void lockedPagesAreNotEvictedAndTooLargeARequestChangesNothing() {
        cache = cache(5, 4);
        finish(1, 1, 1, 1, 2, 2, 2, 2);
        claim(tokens(1, 1, 1, 1), 4);
        var claim = hold(new CacheClaim());
        assertThat(cache.grow(claim, 13)).isFalse();
        assertThat(claim.pages().size()).isZero();
        assertThat(match(1, 1, 1, 1, 2, 2, 2, 2)).isEqualTo(8);
        assertThat(cache.grow(claim, 12)).isTrue();
        assertThat(match(1, 1, 1, 1, 2, 2, 2, 2)).isEqualTo(4);
        assertThat(cache.grow(claim, Integer.MAX_VALUE / 2)).isFalse();
    }

    @Test
    void onlyAnUnlockedCacheIsFlushed() {
        finish(1, 1, 1, 1, 2, 2, 2, 2);
        var claim = claim(tokens(1, 1, 1, 1), 4);
        assertThat(cache.flush()).isFalse();
        assertThat(match(1, 1, 1, 1, 2, 2, 2, 2)).isEqualTo(8);
        release(claim);
        var uncached = grown(tokens(5, 5, 5, 5));
        assertThat(cache.flush()).isTrue();
        assertThat(match(1, 1, 1, 1)).isZero();
        assertThat(cache.availableTokens()).isEqualTo(124);
        cache.cacheUnfinished(uncached, tokens(5, 5, 5, 5), 4);
        assertThat(match(5, 5, 5, 5)).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16, 128})
    void everyPageSizeKeepsWholePages(int pageSize) {
        cache = cache(2000 / pageSize, pageSize);
        int[] ids = IntStream.range(0, 300).toArray();
        finish(ids);
        assertThat(match(ids)).isEqualTo(300 / pageSize * pageSize);
        ids[299 / pageSize * pageSize - 1] = -7;
        assertThat(match(ids)).isEqualTo((299 / pageSize * pageSize - 1) / pageSize * pageSize);
    }

    @Test
    void aClaimIsNotMisused() {
        finish(1, 2, 3, 4);
        var claim = claim(tokens(1, 2, 3, 4, 5), 4);
        assertThatThrownBy(() -> cache.claim(claim, tokens(1), 1)).isInstanceOf(IllegalStateException.class)
                .hasMessage("the claim holds 1 pages; it must be released before it claims a prefix");
        assertThatThrownBy(() -> cache.cacheUnfinished(claim, tokens(1, 2, 3, 4, 5), 5)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the first 5 tokens shall be cached of a claim that has 4 in the cache already and pages for 4");
        assertThatThrownBy(() -> cache.cacheFinished(claim, tokens(1, 2, 3, 4, 5), 3)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the first 3 tokens shall be cached of a claim that has 4");
    }

    @Test
    void aLostPageIsShownWithTheNumbers() {
        finish(1, 2, 3, 4);
        var claim = grown(tokens(5, 5, 5, 5, 5));
        cache.checkInvariant(held);
        assertThatThrownBy(() -> cache.checkInvariant(List.of())).isInstanceOf(IllegalStateException.class)
                .hasMessage("the KV cache has 128 tokens, but 116 available + 4 evictable + 0 protected + 0 uncached of 0 requests make 120");
        assertThatThrownBy(() -> cache.audit(List.of(claim, claim))).isInstanceOf(IllegalStateException.class);
    }

    private static RadixCache cache(int pages, int pageSize) {
        return new RadixCache(new PageAllocator(pages, pageSize));
    }

    private static TokenList tokens(int... ids) {
        return new TokenList(ids, 3);
    }

    private int match(int... ids) {
        return cache.match(tokens(ids), ids.length, "");
    }

    private CacheClaim hold(CacheClaim claim) {
        held.add(claim);
        return claim;
    }

    private CacheClaim claim(TokenList tokens, int limit) {
        var claim = hold(new CacheClaim());
        assertThat(cache.claim(claim, tokens, limit)).isEqualTo(claim.protectedLen());
        return claim;
    }

    /** A claim with pages of its own for all tokens. */
    private CacheClaim grown(TokenList tokens) {
        var claim = hold(new CacheClaim());
        assertThat(cache.grow(claim, tokens.size())).isTrue();
        return claim;
    }

    private void release(CacheClaim claim) {
        cache.release(claim);
        held.remove(claim);
    }

    private int[] finish(int... ids) {
        return finish("", ids);
    }

    /** A request with these tokens comes and goes; returns the pages that they were in. */
    private int[] finish(String extraKey, int... ids) {
        var claim = new CacheClaim(extraKey);
        var tokens = tokens(ids);
        cache.claim(claim, tokens, ids.length);
        assertThat(cache.grow(claim, ids.length)).isTrue();
        int[] pages = pages(claim);
        cache.cacheFinished(claim, tokens, ids.length);
        return pages;
    }

    private static int[] pages(CacheClaim claim) {
        return claim.pages().range(0, claim.pages().size());
    }
}
