package io.gatun.runtime.cache;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a prefix cache should do, by the simplest means: a map from each cached prefix of whole pages to when it was used last. */
final class NaivePrefixCache {
    /** A prefix under its extra key. */
    private record Prefix(String extraKey, List<Integer> tokens) {
    }

    private final int pageSize;
    private final int pages;
    private final Map<Prefix, Long> lastUse = new HashMap<>();
    private final Map<Object, Set<Prefix>> locks = new HashMap<>();
    private final Map<Object, Integer> ownPages = new HashMap<>();
    private long clock;

    NaivePrefixCache(int pages, int pageSize) {
        this.pages = pages;
        this.pageSize = pageSize;
    }

    int match(List<Integer> tokens, int limit, String extraKey) {
        int length = 0;
        while (length + pageSize <= Math.min(limit, tokens.size()) && lastUse.containsKey(new Prefix(extraKey, tokens.subList(0, length + pageSize)))) {
            length += pageSize;
        }
        return length;
    }

    void claim(Object claim, List<Integer> tokens, int limit, String extraKey) {
        ownPages.put(claim, 0);
        lock(claim, tokens, match(tokens, limit, extraKey), extraKey);
    }

    boolean grow(Object claim, int tokens) {
        int missing = (tokens + pageSize - 1) / pageSize - ownPages.get(claim) - locks.get(claim).size();
        var unlocked = lastUse.keySet().stream().filter(prefix -> !isLocked(prefix)).count();
        if (missing > available() + unlocked) {
            return false;
        }
        while (missing > available()) {
            lastUse.remove(lastUse.keySet().stream().filter(prefix -> !isLocked(prefix))
                    .min(Comparator.<Prefix>comparingLong(lastUse::get).thenComparing(prefix -> -prefix.tokens().size())).orElseThrow());
        }
        ownPages.merge(claim, Math.max(0, missing), Integer::sum);
        return true;
    }

    void cacheUnfinished(Object claim, List<Integer> tokens, int length, String extraKey) {
        int held = ownPages.get(claim) + locks.get(claim).size();
        lock(claim, tokens, length / pageSize * pageSize, extraKey);
        ownPages.put(claim, held - locks.get(claim).size());
    }

    void release(Object claim) {
        locks.remove(claim);
        ownPages.remove(claim);
    }

    long available() {
        return pages - lastUse.size() - ownPages.values().stream().mapToInt(Integer::intValue).sum();
    }

    long protectedPages() {
        return lastUse.keySet().stream().filter(this::isLocked).count();
    }

    long cachedPages() {
        return lastUse.size();
    }

    void clear() {
        lastUse.clear();
    }

    private boolean isLocked(Prefix prefix) {
        return locks.values().stream().anyMatch(locked -> locked.contains(prefix));
    }

    private void lock(Object claim, List<Integer> tokens, int length, String extraKey) {
        clock++;
        var path = new HashSet<Prefix>();
        for (int end = pageSize; end <= length; end += pageSize) {
            path.add(new Prefix(extraKey, new ArrayList<>(tokens.subList(0, end))));
        }
        path.forEach(prefix -> lastUse.put(prefix, clock));
        locks.put(claim, path);
    }
}
