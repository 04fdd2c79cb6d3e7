package io.gatun.runtime.scheduler;

import io.gatun.runtime.cache.PrefixCache;
import java.util.Comparator;
import java.util.List;

/** In which order waiting requests are admitted; SGLang's names. */
public enum SchedulePolicy {
    /** First come, first served. */
    FCFS {
        @Override
        void order(List<Req> waiting, PrefixCache cache) {
        }
    },
    /**
     * Longest prefix match first, so that what is cached is used before it is evicted. Of requests that share a prefix nobody has computed yet, one goes
     * first and the others wait for it to be cached. A long queue is served in order of arrival: to match all of it at each step would hold the GPU up.
     */
    LPM {
        @Override
        void order(List<Req> waiting, PrefixCache cache) {
            if (waiting.size() > LONGEST_MATCHED_QUEUE) {
                return;
            }
            for (int i = 0; i < waiting.size(); i++) {
                var req = waiting.get(i);
                req.matched = cache.match(req.keys(), req.matchLimit(), req.params().extraKey());
                if (req.matched <= SHARED_TOKENS && sharesWithOneBefore(waiting, i)) {
                    req.matched = AFTER_ALL_OTHERS;
                }
            }
            waiting.sort(LONGEST_MATCH_FIRST);
        }
    };

    private static final int LONGEST_MATCHED_QUEUE = 128;
    private static final int SHARED_TOKENS = 32;
    private static final int AFTER_ALL_OTHERS = -1;
    private static final Comparator<Req> LONGEST_MATCH_FIRST = Comparator.comparingInt((Req req) -> req.matched).reversed();

    /** Sorts {@code waiting}; equal ones keep their order. */
    abstract void order(List<Req> waiting, PrefixCache cache);

    private static boolean sharesWithOneBefore(List<Req> waiting, int index) {
        var req = waiting.get(index);
        for (int i = 0; i < index; i++) {
            var other = waiting.get(i);
            if (other.matched != AFTER_ALL_OTHERS && other.params().extraKey().equals(req.params().extraKey())
                    && req.keys().sharesPrefix(other.keys(), SHARED_TOKENS)) {
                return true;
            }
        }
        return false;
    }
}
