package io.gatun.runtime.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.runtime.batch.TokenList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NoPrefixCacheTest {
    private final NoPrefixCache cache = new NoPrefixCache(new PageAllocator(5, 4));

    @Test
    void nothingIsSharedOrKept() {
        var tokens = new TokenList(new int[] {1, 2, 3, 4, 5}, 0);
        var a = new CacheClaim();
        assertThat(cache.claim(a, tokens, 4)).isZero();
        assertThat(cache.grow(a, 5)).isTrue();
        assertThat(cache.availableTokens()).isEqualTo(8);
        cache.cacheUnfinished(a, tokens, 5);
        assertThat(cache.match(tokens, 5, "")).isZero();
        cache.audit(List.of(a));
        assertThatThrownBy(() -> cache.audit(List.of())).isInstanceOf(IllegalStateException.class);
        cache.cacheFinished(a, tokens, 5);
        assertThat(cache.availableTokens()).isEqualTo(cache.totalTokens()).isEqualTo(16);
        assertThat(cache.flush()).isTrue();
        cache.audit(List.of());
    }

    @Test
    void aRequestThatDoesNotFitChangesNothing() {
        var claim = new CacheClaim();
        assertThat(cache.grow(claim, 17)).isFalse();
        assertThat(claim.pages().size()).isZero();
        assertThat(cache.grow(claim, 16)).isTrue();
        cache.release(claim);
        cache.audit(List.of());
    }
}
