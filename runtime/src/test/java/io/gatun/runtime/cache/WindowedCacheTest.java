package io.gatun.runtime.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.runtime.batch.TokenList;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Caches of models all of whose layers have a window: what no layer sees is given back. */
class WindowedCacheTest {
    private static final int PAGE = 4;
    private static final int WINDOW = 10;

    @Test
    void pagesBeforeTheWindowAreGivenBack() {
        var cache = new NoPrefixCache(new PageAllocator(11, PAGE), WINDOW);
        var claim = new CacheClaim();
        cache.grow(claim, 20);
        cache.passWindow(claim, 12);
        assertThat(cache.availableTokens()).as("token 12 sees token 3").isEqualTo(20);
        cache.passWindow(claim, 13);
        assertThat(cache.availableTokens()).as("token 13 sees token 4 at most").isEqualTo(24);
        cache.passWindow(claim, 20);
        assertThat(cache.availableTokens()).isEqualTo(28);
        assertThat(cache.uncachedTokens(claim)).isEqualTo(12);
        cache.audit(List.of(claim));
        cache.cacheFinished(claim, tokens(20), 20);
        assertThat(cache.availableTokens()).isEqualTo(40);
        cache.audit(List.of());
    }

    @Test
    void whatIsSharedIsLockedUntilAllOfItIsPassed() {
        var cache = new RadixCache(new PageAllocator(21, PAGE), WINDOW);
        var claim = new CacheClaim();
        cache.grow(claim, 40);
        cache.cacheUnfinished(claim, tokens(40), 20);
        assertThat(claim.protectedLen()).as("a window of it, in whole pages").isEqualTo(8);
        cache.passWindow(claim, 14);
        assertThat(cache.protectedTokens()).isEqualTo(8);
        cache.passWindow(claim, 17);
        assertThat(cache.protectedTokens()).isZero();
        assertThat(cache.evictableTokens()).isEqualTo(8);
        assertThat(cache.match(tokens(40), 39, "")).as("others may still begin with it").isEqualTo(8);
        cache.passWindow(claim, 40);
        assertThat(cache.availableTokens()).isEqualTo(80 - 8 - 12);
        cache.audit(List.of(claim));
        cache.cacheFinished(claim, tokens(40), 40);
        assertThat(cache.match(tokens(40), 39, "")).isEqualTo(8);
        cache.audit(List.of());
        assertThat(cache.flush()).isTrue();
        assertThat(cache.availableTokens()).isEqualTo(80);
    }

    @Test
    void aShortRequestIsCachedAsEver() {
        var cache = new RadixCache(new PageAllocator(21, PAGE), WINDOW);
        var claim = new CacheClaim();
        cache.grow(claim, 9);
        cache.passWindow(claim, 9);
        cache.cacheFinished(claim, tokens(9), 9);
        assertThat(cache.match(tokens(9), 9, "")).isEqualTo(8);
    }

    /** Requests of random lengths go on in random steps; each holds little, and nothing is lost. */
    @ParameterizedTest
    @CsvSource({"1, 1, 1", "1, 7, 2", "4, 10, 3", "16, 5, 4", "16, 100, 5"})
    void requestsHoldABoundedPart(int page, int window, long seed) {
        var random = new Random(seed);
        int chunk = 2 * page + 3;
        int bound = 2 * window + chunk + 2 * page;
        var cache = new RadixCache(new PageAllocator(4 * Math.ceilDiv(bound, page) + 1, page), window);
        record Running(CacheClaim claim, TokenList tokens, int[] length) {
        }
        var running = new ArrayList<Running>();
        int finished = 0;
        while (finished < 300) {
            if (running.size() < 3) {
                var request = new Running(new CacheClaim(), new TokenList(random.ints(1 + random.nextInt(6 * bound), 0, 2).toArray(), 0), new int[1]);
                request.length[0] = cache.claim(request.claim, request.tokens, request.tokens.size() - 1);
                running.add(request);
            }
            var request = running.get(random.nextInt(running.size()));
            int next = Math.min(request.tokens.size(), request.length[0] + 1 + random.nextInt(chunk));
            assertThat(cache.grow(request.claim, next)).isTrue();
            request.length[0] = next;
            if (random.nextBoolean()) {
                cache.cacheUnfinished(request.claim, request.tokens, next);
            }
            cache.passWindow(request.claim, next);
            assertThat(cache.uncachedTokens(request.claim) + request.claim.protectedLen()).isLessThanOrEqualTo(bound);
            if (next == request.tokens.size()) {
                cache.cacheFinished(request.claim, request.tokens, next);
                running.remove(request);
                finished++;
            } else if (random.nextInt(50) == 0) {
                cache.release(request.claim);
                running.remove(request);
            }
            cache.audit(running.stream().map(Running::claim).toList());
        }
    }

    private static TokenList tokens(int count) {
        return new TokenList(IntStream.range(0, count).toArray(), 0);
    }
}
