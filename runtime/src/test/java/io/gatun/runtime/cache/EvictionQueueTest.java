package io.gatun.runtime.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class EvictionQueueTest {

    @Test
    void theFirstIsAlwaysTheLeastRecentlyUsed() {
        var random = new Random(1);
        var queue = new EvictionQueue();
        var expected = new TreeSet<RadixNode>(Comparator.comparingLong(node -> node.lastAccess));
        for (int i = 0; i < 20_000; i++) {
            if (expected.isEmpty() || expected.size() < 300 && random.nextInt(5) < 3) {
                var node = new RadixNode(i, "", null, new int[0], new int[0], 0);
                node.lastAccess = (long) random.nextInt(1000) << 32 | i;
                queue.add(node);
                expected.add(node);
            } else {
                int nth = random.nextBoolean() ? 0 : random.nextInt(expected.size());
                var node = expected.stream().skip(nth).findFirst().orElseThrow();
                queue.remove(node);
                expected.remove(node);
                assertThat(node.queueIndex).isEqualTo(-1);
            }
            assertThat(queue.size()).isEqualTo(expected.size());
            if (!expected.isEmpty()) {
                assertThat(queue.first()).isSameAs(expected.first());
            }
        }
    }
}
