package io.gatun.runtime.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.runtime.batch.TokenList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random operations on a small pool, each compared with {@link NaivePrefixCache} and audited. */
class RadixCacheModelTest {
    private static final int OPERATIONS = 6000;
    private static final int MAX_HELD = 6;

    private Random random;
    private RadixCache cache;
    private NaivePrefixCache naive;
    private List<Running> running;

    /** A request in the middle of its life. */
    private static final class Running {
        final CacheClaim claim;
        final int[] ids;
        final TokenList tokens;
        final List<Integer> list;
        int cached;

        Running(String extraKey, int[] ids) {
            this.claim = new CacheClaim(extraKey);
            this.ids = ids;
            this.tokens = new TokenList(ids, 0);
            this.list = Arrays.stream(ids).boxed().toList();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 40, 1", "1, 100, 2", "2, 30, 3", "4, 24, 4", "16, 12, 5", "128, 8, 6"})
    void everyOperationDoesWhatTheModelDoes(int pageSize, int pages, long seed) {
        random = new Random(seed);
        cache = new RadixCache(new PageAllocator(pages + 1, pageSize));
        naive = new NaivePrefixCache(pages, pageSize);
        running = new ArrayList<>();
        int evictions = 0;
        for (int i = 0; i < OPERATIONS; i++) {
            long cachedBefore = naive.cachedPages();
            step(pageSize, pages);
            evictions += naive.cachedPages() < cachedBefore ? 1 : 0;
            cache.audit(running.stream().map(r -> r.claim).toList());
            assertThat(cache.availableTokens()).as("available after operation %d", i).isEqualTo(naive.available() * pageSize);
            assertThat(cache.protectedTokens()).as("protected after operation %d", i).isEqualTo(naive.protectedPages() * pageSize);
            assertThat(cache.evictableTokens()).as("evictable after operation %d", i)
                    .isEqualTo((naive.cachedPages() - naive.protectedPages()) * pageSize);
        }
        assertThat(evictions).isGreaterThan(OPERATIONS / 50);
    }

    private void step(int pageSize, int pages) {
        int choice = random.nextInt(100);
        if (choice < 25 && running.size() < MAX_HELD) {
            begin(pageSize, pages);
        } else if (choice < 30) {
            var request = request(pageSize, pages);
            int limit = random.nextInt(request.ids.length + 2);
            assertThat(cache.match(request.tokens, limit, request.claim.extraKey())).isEqualTo(naive.match(request.list, limit, request.claim.extraKey()));
        } else if (choice == 30 && running.isEmpty()) {
            assertThat(cache.flush()).isTrue();
            naive.clear();
        } else if (!running.isEmpty()) {
            goOn(running.get(random.nextInt(running.size())), choice);
        }
    }

    private void begin(int pageSize, int pages) {
        var request = request(pageSize, pages);
        int limit = random.nextInt(request.ids.length + 1);
        int expected = naive.match(request.list, limit, request.claim.extraKey());
        naive.claim(request.claim, request.list, limit, request.claim.extraKey());
        assertThat(cache.claim(request.claim, request.tokens, limit)).isEqualTo(expected);
        request.cached = expected;
        running.add(request);
    }

    private void goOn(Running request, int choice) {
        if (choice < 70) {
            extend(request);
        } else if (choice < 90) {
            naive.cacheUnfinished(request.claim, request.list, request.cached, request.claim.extraKey());
            naive.release(request.claim);
            cache.cacheFinished(request.claim, request.tokens, request.cached);
            running.remove(request);
        } else {
            naive.release(request.claim);
            cache.release(request.claim);
            running.remove(request);
        }
    }

    private void extend(Running request) {
        int length = request.cached + random.nextInt(request.ids.length - request.cached + 1);
        boolean grown = naive.grow(request.claim, length);
        int[] before = request.claim.pages().range(0, request.claim.pages().size());
        assertThat(cache.grow(request.claim, length)).isEqualTo(grown);
        assertThat(request.claim.pages().range(0, before.length)).isEqualTo(before);
        if (!grown) {
            return;
        }
        request.cached = length;
        if (random.nextBoolean()) {
            int[] mirror = request.claim.pages().range(0, request.claim.pages().size());
            request.claim.pages().markSynced();
            naive.cacheUnfinished(request.claim, request.list, length, request.claim.extraKey());
            cache.cacheUnfinished(request.claim, request.tokens, length);
            int synced = request.claim.pages().synced();
            assertThat(request.claim.pages().range(0, synced)).isEqualTo(Arrays.copyOf(mirror, synced));
            assertThat(request.claim.pages().size()).isEqualTo(mirror.length);
        }
    }

    /** Few different tokens and pages, so that requests share prefixes of all lengths. */
    private Running request(int pageSize, int pages) {
        int[] ids = new int[1 + random.nextInt(Math.max(2, pageSize * pages / 3))];
        int common = random.nextInt(ids.length + 1);
        int base = random.nextInt(3) - 1;
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i < common ? base : random.nextInt(2);
        }
        return new Running(random.nextInt(4) == 0 ? "other" : "", ids);
    }
}
