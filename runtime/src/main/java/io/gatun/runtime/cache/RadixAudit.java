package io.gatun.runtime.cache;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Holds a tree to what must be true of it, node by node. */
final class RadixAudit {
    private final RadixTree tree;
    private final int pageSize;
    private final Map<RadixNode, Integer> children = new IdentityHashMap<>();
    private final Map<RadixNode, Integer> locks = new IdentityHashMap<>();
    private final Map<Object, RadixNode> siblings = new HashMap<>();

    RadixAudit(RadixTree tree, int pageSize) {
        this.tree = tree;
        this.pageSize = pageSize;
    }

    void check(PageAllocator allocator, Collection<CacheClaim> held) {
        var owners = new PageAudit(allocator);
        var nodes = new HashSet<RadixNode>();
        tree.forEach(node -> {
            require(nodes.add(node), node, "is in the table twice");
            children.merge(node.parent, 1, Integer::sum);
            owners.own(Arrays.copyOf(node.pages, node.pageCount), "a node");
        });
        for (var claim : held) {
            owners.own(claim.pages(), claim.firstOwn(pageSize), "a claim");
            for (var node = claim.nodeOr(tree.root()); node != tree.root(); node = node.parent) {
                locks.merge(node, 1, Integer::sum);
                int first = node.depth / pageSize - node.pageCount;
                require(Arrays.equals(Arrays.copyOf(node.pages, node.pageCount), claim.pages().range(first, first + node.pageCount)), node,
                        "has other pages than a claim on it");
            }
        }
        owners.requireAllOwned();
        nodes.forEach(node -> check(node, nodes));
        require(nodes.stream().filter(RadixNode::isUnlockedLeaf).count() == tree.evictableNodes(), tree.root(),
                "has an eviction queue of another size");
        requireTokens("evictable", tree.evictableTokens(), nodes.stream().filter(node -> node.lockRef == 0));
        requireTokens("protected", tree.protectedTokens(), nodes.stream().filter(node -> node.lockRef > 0));
    }

    private void check(RadixNode node, Collection<RadixNode> nodes) {
        var parent = node.parent;
        require(parent == tree.root() || nodes.contains(parent), node, "has a parent outside of the tree");
        require(node.pageCount > 0, node, "has no pages");
        require(node.depth == parent.depth + node.pageCount * pageSize, node, "has another depth than its parent and its pages make");
        require(node.children == children.getOrDefault(node, 0), node, "counts other children than it has");
        require(node.lockRef == locks.getOrDefault(node, 0), node, "counts other locks than claims hold");
        require(node.isUnlockedLeaf() == node.queueIndex >= 0, node, "is an unlocked leaf or in the eviction queue, but not both");
        require(parent == tree.root() || parent.lastAccess >= node.lastAccess && parent.extraKey.equals(node.extraKey), node,
                "is no continuation of its parent");
        var key = List.of(parent.id, node.extraKey, Arrays.stream(node.tokens, 0, pageSize).boxed().toList());
        require(siblings.put(key, node) == null, node, "begins with the same page as a sibling");
    }

    private void requireTokens(String kind, long counted, Stream<RadixNode> nodes) {
        long tokens = nodes.mapToLong(node -> (long) node.pageCount * pageSize).sum();
        if (tokens != counted) {
            throw new IllegalStateException("the tree counts " + counted + " " + kind + " tokens, but has " + tokens);
        }
    }

    private static void require(boolean holds, RadixNode node, String otherwise) {
        if (!holds) {
            throw new IllegalStateException("node " + node.id + " at depth " + node.depth + " " + otherwise);
        }
    }
}
