package io.gatun.runtime.sampling;

import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

public final class StopChecker {
    private final SamplingParams params;
    private final Set<Integer> eos;
    private int count;

    public StopChecker(SamplingParams params, Set<Integer> eos, Optional<Tokenizer> tokenizer) {
        this.params = params;
        this.eos = params.ignoreEos() ? Set.of() : eos;
    }

    public Optional<FinishReason> push(int id) {
        count++;
        return count > params.minNewTokens() && (eos.contains(id) || params.stopTokenIds().contains(id)) ? Optional.of(FinishReason.Stop.atId(id)) : Optional.empty();
    }

    public int[] stopIds() {
        return IntStream.concat(eos.stream().mapToInt(i -> i), params.stopTokenIds().stream().mapToInt(i -> i)).distinct().toArray();
    }
}
