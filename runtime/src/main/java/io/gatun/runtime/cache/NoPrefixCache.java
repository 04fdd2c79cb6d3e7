package io.gatun.runtime.cache;

import io.gatun.kernels.AttentionOptions;
import io.gatun.runtime.batch.TokenList;
import java.util.Collection;

/** Keeps nothing (SGLang's ChunkCache, for {@code --disable-radix-cache}). */
public final class NoPrefixCache implements PrefixCache {
    private final PageAllocator allocator;
    private final int window;

    /** For layers that see all tokens. */
    public NoPrefixCache(PageAllocator allocator) {
        this(allocator, AttentionOptions.NO_WINDOW);
    }

    /** For layers that see at most {@code window} tokens. */
    public NoPrefixCache(PageAllocator allocator, int window) {
        this.allocator = allocator;
        this.window = window;
    }

    @Override
    public int window() {
        return window;
    }

    @Override
    public void passWindow(CacheClaim claim, int length) {
        int passed = pagesPassed(length, allocator.pageSize());
        if (passed > claim.passedPages()) {
            allocator.release(claim.pages(), claim.passedPages(), passed);
            claim.passed(passed);
        }
    }

    @Override
    public int match(TokenList tokens, int limit, String extraKey) {
        return 0;
    }

    @Override
    public int claim(CacheClaim claim, TokenList tokens, int limit) {
        return 0;
    }

    @Override
    public boolean grow(CacheClaim claim, int tokens) {
        return allocator.grow(claim.pages(), tokens);
    }

    @Override
    public void cacheUnfinished(CacheClaim claim, TokenList tokens, int length) {
    }

    @Override
    public void cacheFinished(CacheClaim claim, TokenList tokens, int length) {
        release(claim);
    }

    @Override
    public void release(CacheClaim claim) {
        allocator.release(claim.pages(), claim.passedPages());
        claim.clear();
    }

    @Override
    public long availableTokens() {
        return allocator.availableTokens();
    }

    @Override
    public long evictableTokens() {
        return 0;
    }

    @Override
    public long protectedTokens() {
        return 0;
    }

    @Override
    public long totalTokens() {
        return allocator.totalTokens();
    }

    @Override
    public boolean flush() {
        return true;
    }

    @Override
    public long uncachedTokens(CacheClaim claim) {
        return (long) (claim.pages().size() - claim.passedPages()) * allocator.pageSize();
    }

    @Override
    public void audit(Collection<CacheClaim> held) {
        checkInvariant(held);
        var owners = new PageAudit(allocator);
        held.forEach(claim -> owners.own(claim.pages(), claim.passedPages(), "a claim"));
        owners.requireAllOwned();
    }
}
