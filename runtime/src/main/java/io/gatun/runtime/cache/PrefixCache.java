package io.gatun.runtime.cache;

import io.gatun.kernels.AttentionOptions;
import io.gatun.runtime.batch.TokenList;
import java.util.Collection;

/**
 * Hands out a KV pool's pages and keeps those of finished requests for others that begin with the same tokens. For one thread. A prefix is shared in
 * whole pages; any int is a legal token id.
 */
public sealed interface PrefixCache permits RadixCache, NoPrefixCache {

    /**
     * How many tokens {@link #claim} would find now. Changes nothing, not even what was used last.
     *
     * @param limit no more than so many tokens
     */
    int match(TokenList tokens, int limit, String extraKey);

    /**
     * Gives an empty claim the pages of the longest cached prefix and locks them.
     *
     * @param limit no more than so many tokens; a prompt's length − 1 leaves one whose logits begin the answer
     * @return the prefix's length in tokens, a multiple of the page size
     * @throws IllegalStateException if the claim holds pages
     */
    int claim(CacheClaim claim, TokenList tokens, int limit);

    /**
     * Gives the claim the pages that it lacks for {@code tokens} tokens, in place of the least recently used cached ones if needed.
     *
     * @return false, with nothing changed, if there are not enough
     */
    boolean grow(CacheClaim claim, int tokens);

    /**
     * Caches the full pages of the first {@code length} tokens of a request that goes on. Where others cached the same tokens before, the claim gets
     * their pages for its own, which {@link PageList#synced} shows.
     *
     * @throws IllegalArgumentException if the claim has fewer pages, or more tokens in the cache already
     */
    void cacheUnfinished(CacheClaim claim, TokenList tokens, int length);

    /**
     * Gives back what no layer sees any more once a request has {@code length} tokens: pages that lie before every layer's window. What was passed is not
     * cached for others when the request ends.
     */
    void passWindow(CacheClaim claim, int length);

    /** How many tokens before a new one some layer sees, the new one included; {@link AttentionOptions#NO_WINDOW} for all. */
    int window();

    /** Caches the full pages of the first {@code length} tokens and empties the claim. */
    void cacheFinished(CacheClaim claim, TokenList tokens, int length);

    /** Empties the claim, caching nothing of it. */
    void release(CacheClaim claim);

    /** Tokens that fit into free pages. */
    long availableTokens();

    /** Cached tokens that no claim locks. */
    long evictableTokens();

    /** Cached tokens that claims lock. */
    long protectedTokens();

    /** Tokens that the pool holds. */
    long totalTokens();

    /**
     * Forgets all prefixes.
     *
     * @return false, with nothing changed, if one is locked
     */
    boolean flush();

    /**
     * Checks that no page is lost: available, evictable, protected and uncached tokens make up the pool.
     *
     * @param held all claims that are not empty
     * @throws IllegalStateException with the numbers
     */
    default void checkInvariant(Collection<CacheClaim> held) {
        long uncached = held.stream().mapToLong(this::uncachedTokens).sum();
        long sum = availableTokens() + evictableTokens() + protectedTokens() + uncached;
        if (sum != totalTokens()) {
            throw new IllegalStateException("the KV cache has " + totalTokens() + " tokens, but " + availableTokens() + " available + "
                    + evictableTokens() + " evictable + " + protectedTokens() + " protected + " + uncached + " uncached of " + held.size()
                    + " requests make " + sum);
        }
    }

    /** How many pages of a request with {@code length} tokens no later token sees. */
    default int pagesPassed(int length, int pageSize) {
        return window() == AttentionOptions.NO_WINDOW ? 0 : Math.max(0, length - window() + 1) / pageSize;
    }

    /** Tokens that fit into the claim's own pages. */
    long uncachedTokens(CacheClaim claim);

    /**
     * {@link #checkInvariant}, and everything else that should hold, page by page: for tests.
     *
     * @throws IllegalStateException saying what does not hold
     */
    void audit(Collection<CacheClaim> held);
}
