package io.gatun.server.bench;

import io.gatun.server.UsageException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Generated requests.
 *
 * @param requests in the order in which they are sent
 */
public record Workload(List<Item> requests) {

    /**
     * One request.
     *
     * @param prompt token ids
     * @param outputLen tokens to generate, neither more nor less
     */
    public record Item(int[] prompt, int outputLen) {
    }

    /**
     * Prompts of random ids (SGLang's {@code random}).
     *
     * @param rangeRatio lengths are drawn evenly from this share of the length asked for up to the whole
     */
    public static Workload random(int count, int inputLen, int outputLen, double rangeRatio, int vocabSize, long seed) {
        if (!(rangeRatio >= 0 && rangeRatio <= 1)) {
            throw new UsageException("--random-range-ratio is " + rangeRatio + "; it must lie between 0 and 1");
        }
        var random = new Random(seed);
        return new Workload(IntStream.range(0, count)
                .mapToObj(i -> new Item(ids(random, length(random, inputLen, rangeRatio), vocabSize), length(random, outputLen, rangeRatio))).toList());
    }

    /** Groups of prompts that begin alike (SGLang's {@code generated-shared-prefix}), shuffled. */
    public static Workload sharedPrefix(int groups, int promptsPerGroup, int prefixLen, int questionLen, int outputLen, int vocabSize, long seed) {
        var random = new Random(seed);
        var items = new ArrayList<Item>();
        for (int group = 0; group < groups; group++) {
            int[] prefix = ids(random, prefixLen, vocabSize);
            for (int i = 0; i < promptsPerGroup; i++) {
                items.add(new Item(IntStream.concat(IntStream.of(prefix), IntStream.of(ids(random, questionLen, vocabSize))).toArray(), outputLen));
            }
        }
        Collections.shuffle(items, random);
        return new Workload(List.copyOf(items));
    }

    int size() {
        return requests.size();
    }

    long inputTokens() {
        return requests.stream().mapToLong(item -> item.prompt().length).sum();
    }

    private static int length(Random random, int most, double rangeRatio) {
        return random.nextInt(Math.max(1, (int) (most * rangeRatio)), most + 1);
    }

    private static int[] ids(Random random, int count, int vocabSize) {
        return random.ints(count, 0, vocabSize).toArray();
    }
}
