package io.gatun.runtime.sampling;

import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The tokens that end a text: the model's own, those asked for, and special tokens that are given as stop strings, which text may never show. */
final class StopTokens {
    private final int[] ids;
    private final int[] textIds;
    private final int[] all;
    private final Optional<Tokenizer> tokenizer;
    private final int minNewTokens;

    StopTokens(SamplingParams params, Set<Integer> eosIds, Optional<Tokenizer> tokenizer) {
        this.tokenizer = tokenizer;
        this.minNewTokens = params.minNewTokens();
        ids = sorted(Stream.concat(params.stopTokenIds().stream(), params.ignoreEos() ? Stream.of() : eosIds.stream()).mapToInt(Integer::intValue));
        textIds = sorted(tokenizer.stream().flatMapToInt(
                found -> params.stop().stream().map(found::idOf).flatMapToInt(OptionalInt::stream).filter(found::isSpecial)));
        all = IntStream.concat(IntStream.of(ids), IntStream.of(textIds)).distinct().toArray();
    }

    /** All of them. */
    int[] ids() {
        return all;
    }

    /** What it means that {@code id} is the {@code count}th token of an output. */
    Optional<FinishReason> match(int id, int count) {
        if (count <= minNewTokens) {
            return Optional.empty();
        }
        if (Arrays.binarySearch(ids, id) >= 0) {
            return Optional.of(FinishReason.Stop.atId(id));
        }
        return Arrays.binarySearch(textIds, id) >= 0 ? tokenizer.map(found -> FinishReason.Stop.atText(found.tokenOf(id))) : Optional.empty();
    }

    private static int[] sorted(IntStream ids) {
        return ids.sorted().toArray();
    }
}
