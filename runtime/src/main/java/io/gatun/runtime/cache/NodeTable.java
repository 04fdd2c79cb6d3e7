package io.gatun.runtime.cache;

import io.gatun.runtime.batch.TokenList;
import java.util.function.Consumer;

/** Finds a node by its parent and its first page of tokens. Equal hashes are told apart by the tokens themselves. */
final class NodeTable {
    private static final int SMALLEST = 64;

    private final int pageSize;
    private RadixNode[] buckets = new RadixNode[SMALLEST];
    private int size;

    NodeTable(int pageSize) {
        this.pageSize = pageSize;
    }

    /** The child of {@code parent} that begins with the page of tokens at {@code from}; null for none. */
    RadixNode find(RadixNode parent, TokenList list, int from, String extraKey) {
        int hash = hash(parent, list.hash(from, pageSize), extraKey);
        var node = buckets[hash & buckets.length - 1];
        while (node != null && !(node.hash == hash && node.parent == parent && node.extraKey.equals(extraKey)
                && list.commonPrefix(from, node.tokens, pageSize) == pageSize)) {
            node = node.chained;
        }
        return node;
    }

    void add(RadixNode node) {
        node.hash = hash(node.parent, TokenList.hash(node.tokens, 0, pageSize), node.extraKey);
        if (++size > buckets.length) {
            enlarge();
        }
        link(node);
    }

    void remove(RadixNode node) {
        size--;
        int bucket = node.hash & buckets.length - 1;
        if (buckets[bucket] == node) {
            buckets[bucket] = node.chained;
            return;
        }
        var before = buckets[bucket];
        while (before.chained != node) {
            before = before.chained;
        }
        before.chained = node.chained;
    }

    void forEach(Consumer<RadixNode> action) {
        for (var node : buckets) {
            for (; node != null; node = node.chained) {
                action.accept(node);
            }
        }
    }

    private void enlarge() {
        var old = buckets;
        buckets = new RadixNode[2 * old.length];
        for (var node : old) {
            while (node != null) {
                var next = node.chained;
                link(node);
                node = next;
            }
        }
    }

    private void link(RadixNode node) {
        int bucket = node.hash & buckets.length - 1;
        node.chained = buckets[bucket];
        buckets[bucket] = node;
    }

    private static int hash(RadixNode parent, int pageHash, String extraKey) {
        int hash = (31 * parent.id + pageHash) * 31 + extraKey.hashCode();
        hash = (hash ^ hash >>> 16) * 0x85EBCA6B;
        return hash ^ hash >>> 13;
    }
}
