package io.gatun.models;

import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.sampling.SamplingParams;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** Random requests to the sample model: prompts of many lengths, some of which begin alike, and every kind of sampling. */
final class Traffic {
    private static final int VOCABULARY = 1000;
    private static final int PREFIXES = 6;

    private Traffic() {
    }

    static List<GenerationRequest> requests(int count, int maxPromptLen, int maxNewTokens, long seed) {
        var random = new Random(seed);
        var prefixes = IntStream.range(0, PREFIXES).mapToObj(i -> ids(random, 8 + random.nextInt(maxPromptLen / 2))).toList();
        var requests = new ArrayList<GenerationRequest>();
        for (int i = 0; i < count; i++) {
            int[] prompt = ids(random, 1 + random.nextInt(random.nextInt(4) == 0 ? maxPromptLen : 20));
            if (random.nextInt(3) > 0) {
                prompt = IntStream.concat(IntStream.of(prefixes.get(random.nextInt(PREFIXES))), IntStream.of(prompt)).toArray();
            }
            requests.add(GenerationRequest.ofIds(prompt, params(random, 1 + random.nextInt(maxNewTokens))));
        }
        return requests;
    }

    private static SamplingParams params(Random random, int maxNewTokens) {
        var params = SamplingParams.builder().maxNewTokens(maxNewTokens).samplingSeed(random.nextLong()).ignoreEos(random.nextBoolean());
        switch (random.nextInt(6)) {
            case 0 -> params.temperature(1);
            case 1 -> params.temperature(0.7f).topP(0.9f);
            case 2 -> params.temperature(1.5f).topK(20).minP(0.02f);
            case 3 -> params.temperature(0.8f).repetitionPenalty(1.2f).frequencyPenalty(0.3f).presencePenalty(0.2f);
            case 4 -> params.temperature(0).minNewTokens(maxNewTokens / 2).logitBias(Map.of(random.nextInt(VOCABULARY), 5f));
            default -> params.temperature(0);
        }
        return params.build();
    }

    private static int[] ids(Random random, int count) {
        return random.ints(count, 0, VOCABULARY).toArray();
    }
}
