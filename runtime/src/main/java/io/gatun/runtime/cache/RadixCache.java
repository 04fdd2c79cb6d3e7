package io.gatun.runtime.cache;

import io.gatun.kernels.AttentionOptions;
import io.gatun.runtime.batch.TokenList;
import java.util.Collection;
import java.util.function.IntConsumer;

/**
 * A prefix cache whose prefixes form a tree; the least recently used pages that no claim locks make room for others (SGLang's RadixCache). Where every
 * layer has a window the tree keeps prefixes of that length at most: what follows them is given back as requests pass it.
 */
public final class RadixCache implements PrefixCache {
    private final PageAllocator allocator;
    private final int pageSize;
    private final RadixTree tree;
    private final IntConsumer freed;
    private final int window;

    /** For layers that see all tokens. */
    public RadixCache(PageAllocator allocator) {
        this(allocator, AttentionOptions.NO_WINDOW);
    }

    /** For layers that see at most {@code window} tokens. */
    public RadixCache(PageAllocator allocator, int window) {
        this.allocator = allocator;
        this.window = window;
        this.pageSize = allocator.pageSize();
        this.tree = new RadixTree(pageSize);
        this.freed = allocator::release;
    }

    @Override
    public int match(TokenList tokens, int limit, String extraKey) {
        return tree.match(tokens, fullPages(Math.min(limit, tokens.size())), extraKey);
    }

    @Override
    public int claim(CacheClaim claim, TokenList tokens, int limit) {
        if (claim.pages().size() > 0) {
            throw new IllegalStateException("the claim holds " + claim.pages().size() + " pages; it must be released before it claims a prefix");
        }
        var end = tree.descend(tree.root(), tokens, fullPages(Math.min(limit, tokens.size())), claim.extraKey());
        claim.pages().extendTo(end.depth / pageSize);
        lend(claim, tree.root(), end);
        return end.depth;
    }

    @Override
    public boolean grow(CacheClaim claim, int tokens) {
        int missing = allocator.pagesFor(tokens) - claim.pages().size() - allocator.availablePages();
        if ((long) missing * pageSize > tree.evictableTokens()) {
            return false;
        }
        tree.evict(missing, freed);
        return allocator.grow(claim.pages(), tokens);
    }

    @Override
    public void cacheUnfinished(CacheClaim claim, TokenList tokens, int length) {
        var pages = claim.pages();
        if (length > (long) pages.size() * pageSize || length < claim.protectedLen()) {
            throw new IllegalArgumentException("the first " + length + " tokens shall be cached of a claim that has " + claim.protectedLen()
                    + " in the cache already and pages for " + (long) pages.size() * pageSize);
        }
        if (claim.passedPages() > 0) {
            return;
        }
        int to = Math.max(claim.protectedLen(), fullPages(Math.min(length, window)));
        var from = claim.nodeOr(tree.root());
        var end = tree.descend(from, tokens, to, claim.extraKey());
        allocator.release(pages, from.depth / pageSize, end.depth / pageSize);
        lend(claim, from, end);
        if (end.depth < to) {
            lend(claim, end, tree.append(end, tokens, to, pages, claim.extraKey()));
        }
    }

    @Override
    public void cacheFinished(CacheClaim claim, TokenList tokens, int length) {
        cacheUnfinished(claim, tokens, length);
        release(claim);
    }

    @Override
    public int window() {
        return window;
    }

    @Override
    public void passWindow(CacheClaim claim, int length) {
        int passed = pagesPassed(length, pageSize);
        if (passed <= claim.passedPages() || passed * pageSize < claim.protectedLen()) {
            return;
        }
        if (claim.protectedLen() > 0) {
            tree.unlock(claim.nodeOr(tree.root()));
            claim.passedShared(pageSize);
        }
        allocator.release(claim.pages(), claim.passedPages(), passed);
        claim.passed(passed);
    }

    @Override
    public void release(CacheClaim claim) {
        allocator.release(claim.pages(), claim.firstOwn(pageSize));
        tree.unlock(claim.nodeOr(tree.root()));
        claim.clear();
    }

    @Override
    public long availableTokens() {
        return allocator.availableTokens();
    }

    @Override
    public long evictableTokens() {
        return tree.evictableTokens();
    }

    @Override
    public long protectedTokens() {
        return tree.protectedTokens();
    }

    @Override
    public long totalTokens() {
        return allocator.totalTokens();
    }

    @Override
    public boolean flush() {
        if (tree.protectedTokens() > 0) {
            return false;
        }
        tree.clear(freed);
        return true;
    }

    @Override
    public long uncachedTokens(CacheClaim claim) {
        return (long) (claim.pages().size() - claim.firstOwn(pageSize)) * pageSize;
    }

    @Override
    public void audit(Collection<CacheClaim> held) {
        checkInvariant(held);
        new RadixAudit(tree, pageSize).check(allocator, held);
    }

    /** Gives the claim, which ends in {@code from}, the pages down to {@code to} and locks them. */
    private void lend(CacheClaim claim, RadixNode from, RadixNode to) {
        tree.lock(to, from);
        tree.touch(to);
        for (var node = to; node != from; node = node.parent) {
            int first = node.depth / pageSize - node.pageCount;
            for (int i = 0; i < node.pageCount; i++) {
                claim.pages().set(first + i, node.pages[i]);
            }
        }
        claim.moveTo(to);
    }

    private int fullPages(int tokens) {
        return tokens - Math.floorMod(tokens, pageSize);
    }
}
