package io.gatun.runtime.cache;

import io.gatun.runtime.batch.TokenList;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** Cached token sequences in nodes of whole pages. A node that is locked has locked ancestors only; an unlocked one unlocked descendants only. */
final class RadixTree {
    private final int pageSize;
    private final RadixNode root = new RadixNode(0, "", null, new int[0], new int[0], 0);
    private NodeTable nodes;
    private EvictionQueue evictable = new EvictionQueue();
    private int lastId;
    private long clock;
    private long evictableTokens;
    private long protectedTokens;

    RadixTree(int pageSize) {
        this.pageSize = pageSize;
        this.nodes = new NodeTable(pageSize);
    }

    RadixNode root() {
        return root;
    }

    long evictableTokens() {
        return evictableTokens;
    }

    long protectedTokens() {
        return protectedTokens;
    }

    int evictableNodes() {
        return evictable.size();
    }

    void forEach(Consumer<RadixNode> action) {
        nodes.forEach(action);
    }

    /** How many of the first {@code to} tokens, a multiple of the page size, are cached. */
    int match(TokenList tokens, int to, String extraKey) {
        var node = root;
        while (node.depth < to) {
            var child = nodes.find(node, tokens, node.depth, extraKey);
            if (child == null) {
                break;
            }
            int common = child.commonPages(tokens, node.depth, to, pageSize);
            if (common < child.pageCount) {
                return node.depth + common * pageSize;
            }
            node = child;
        }
        return node.depth;
    }

    /** The node with which the cached part of the first {@code to} tokens ends, split off if need be; {@code from} is an ancestor to begin at. */
    RadixNode descend(RadixNode from, TokenList tokens, int to, String extraKey) {
        var node = from;
        while (node.depth < to) {
            var child = nodes.find(node, tokens, node.depth, extraKey);
            if (child == null) {
                break;
            }
            int common = child.commonPages(tokens, node.depth, to, pageSize);
            if (common < child.pageCount) {
                return split(child, common);
            }
            node = child;
        }
        return node;
    }

    /** A new leaf for the tokens from the end of {@code parent} to before {@code to}, in the pages that {@code list} has for them. */
    RadixNode append(RadixNode parent, TokenList tokens, int to, PageList list, String extraKey) {
        var leaf = new RadixNode(++lastId, extraKey, parent, tokens.range(parent.depth, to), list.range(parent.depth / pageSize, to / pageSize), to);
        nodes.add(leaf);
        parent.children++;
        evictableTokens += to - parent.depth;
        requeue(parent);
        requeue(leaf);
        return leaf;
    }

    /** Notes that {@code node}, which is locked, and with it all of its path was used now. */
    void touch(RadixNode node) {
        clock++;
        for (; node != root; node = node.parent) {
            node.lastAccess = clock;
        }
    }

    /** Locks {@code node} and what is between it and {@code ancestor}, which is locked already or the root. */
    void lock(RadixNode node, RadixNode ancestor) {
        for (; node != ancestor; node = node.parent) {
            if (node.lockRef++ == 0) {
                move(node, -1);
                requeue(node);
            }
        }
    }

    /** Takes one lock off {@code node} and all above it. */
    void unlock(RadixNode node) {
        for (; node != root; node = node.parent) {
            if (--node.lockRef == 0) {
                move(node, 1);
                requeue(node);
            }
        }
    }

    /** Gives {@code freed} the {@code count} least recently used pages; there must be so many. */
    void evict(int count, IntConsumer freed) {
        for (int i = 0; i < count; i++) {
            var leaf = evictable.first();
            freed.accept(leaf.dropLast(pageSize));
            evictableTokens -= pageSize;
            if (leaf.pageCount == 0) {
                nodes.remove(leaf);
                evictable.remove(leaf);
                leaf.parent.children--;
                requeue(leaf.parent);
            }
        }
    }

    /** Forgets everything; nothing may be locked. */
    void clear(IntConsumer freed) {
        evict((int) (evictableTokens / pageSize), freed);
        nodes = new NodeTable(pageSize);
        evictable = new EvictionQueue();
    }

    /** A new node takes over the first pages of {@code node}, which stays what claims know as the end of their prefix. */
    private RadixNode split(RadixNode node, int count) {
        int length = count * pageSize;
        var upper = new RadixNode(++lastId, node.extraKey, node.parent, Arrays.copyOf(node.tokens, length),
                Arrays.copyOf(node.pages, count), node.parent.depth + length);
        upper.children = 1;
        upper.lockRef = node.lockRef;
        upper.lastAccess = node.lastAccess;
        nodes.remove(node);
        node.dropFirst(count, pageSize);
        node.parent = upper;
        nodes.add(upper);
        nodes.add(node);
        return upper;
    }

    private void move(RadixNode node, int toEvictable) {
        long tokens = (long) node.pageCount * pageSize * toEvictable;
        evictableTokens += tokens;
        protectedTokens -= tokens;
    }

    private void requeue(RadixNode node) {
        boolean belongs = node != root && node.isUnlockedLeaf();
        if (belongs && node.queueIndex < 0) {
            evictable.add(node);
        } else if (!belongs && node.queueIndex >= 0) {
            evictable.remove(node);
        }
    }
}
