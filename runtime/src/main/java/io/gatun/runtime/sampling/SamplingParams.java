package io.gatun.runtime.sampling;

import com.fasterxml.jackson.databind.JsonNode;
import io.gatun.runtime.grammar.Grammar;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * How a text is continued; SGLang's sampling parameters in Java case, with its defaults.
 *
 * @param maxNewTokens the most tokens to generate, at least 1
 * @param minNewTokens before so many tokens no stop token or stop string ends the text
 * @param temperature what logits are divided by; 0 (below 1e-6) takes the likeliest token each time
 * @param topP tokens are drawn from the likeliest ones that together have this probability; above 0, at most 1
 * @param topK tokens are drawn from this many likeliest ones; -1 for all
 * @param minP tokens less likely than this share of the likeliest one's probability are left out; 0 to 1
 * @param frequencyPenalty taken off a logit each time its token occurred in the output; -2 to 2
 * @param presencePenalty taken off a logit once its token occurred in the output; -2 to 2
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens in prompt or output; above 0, at most 2
 * @param logitBias added to the logits of these tokens; -100 to 100
 * @param stop strings that end the text, also across token borders
 * @param stopTokenIds tokens that end the text besides the model's own
 * @param ignoreEos whether to go on after the model's end-of-sequence tokens
 * @param skipSpecialTokens whether special tokens are left out of the text
 * @param keptSpecialTokens special tokens that stay in the text even so, such as those around tool calls
 * @param noStopTrim whether the stop string or stop token stays in the text
 * @param n how many continuations of the prompt
 * @param samplingSeed draws the same tokens whatever shares the batch; empty for a random one
 * @param returnLogprob whether the tokens' log-probabilities are wanted
 * @param logprobStartLen the first prompt token whose log-probability is wanted; -1 for output tokens only
 * @param topLogprobsNum how many likeliest tokens are given at each position, 0 to {@value #MAX_TOP_LOGPROBS}
 * @param extraKey requests share cached prefixes only with those of the same key
 * @param grammar what the text must be
 * @param customLogitProcessor the caller's own change to the logits
 */
public record SamplingParams(int maxNewTokens, int minNewTokens, double temperature, double topP, int topK, double minP, double frequencyPenalty,
        double presencePenalty, double repetitionPenalty, Map<Integer, Float> logitBias, List<String> stop, Set<Integer> stopTokenIds, boolean ignoreEos,
        boolean skipSpecialTokens, Set<String> keptSpecialTokens, boolean noStopTrim, int n, OptionalLong samplingSeed, boolean returnLogprob,
        int logprobStartLen, int topLogprobsNum, String extraKey, Optional<Grammar> grammar, Optional<CustomLogitProcessor> customLogitProcessor) {

    /** SGLang's default for {@code max_new_tokens}. */
    public static final int DEFAULT_MAX_NEW_TOKENS = 128;
    /** The most likeliest tokens that can be asked for at each position. */
    public static final int MAX_TOP_LOGPROBS = 128;
    private static final double GREEDY_BELOW = 1e-6;

    /** @throws IllegalArgumentException naming a value that is out of range or contradicts another */
    public SamplingParams {
        logitBias = Map.copyOf(logitBias);
        stop = List.copyOf(stop);
        stopTokenIds = Set.copyOf(stopTokenIds);
        keptSpecialTokens = Set.copyOf(keptSpecialTokens);
        SamplingRanges.atLeast("max new tokens", maxNewTokens, 1);
        SamplingRanges.atLeast("min new tokens", minNewTokens, 0);
        if (minNewTokens > maxNewTokens) {
            throw new IllegalArgumentException("min new tokens is " + minNewTokens + "; it must not exceed max new tokens, which is " + maxNewTokens);
        }
        SamplingRanges.temperature(temperature);
        SamplingRanges.aboveZero("top p", topP, 1);
        SamplingRanges.topK(topK);
        SamplingRanges.within("min p", minP, 0, 1);
        SamplingRanges.within("frequency penalty", frequencyPenalty, -2, 2);
        SamplingRanges.within("presence penalty", presencePenalty, -2, 2);
        SamplingRanges.aboveZero("repetition penalty", repetitionPenalty, 2);
        SamplingRanges.logitBias(logitBias);
        SamplingRanges.stopStrings(stop);
        SamplingRanges.stopTokenIds(stopTokenIds);
        SamplingRanges.within("n", n, 1, SamplingRanges.MAX_N);
        SamplingRanges.atLeast("logprob start len", logprobStartLen, -1);
        SamplingRanges.within("top logprobs num", topLogprobsNum, 0, MAX_TOP_LOGPROBS);
        if (!returnLogprob && (topLogprobsNum > 0 || logprobStartLen >= 0)) {
            throw new IllegalArgumentException((topLogprobsNum > 0 ? "top logprobs num is " + topLogprobsNum : "logprob start len is " + logprobStartLen)
                    + ", but return logprob is false; set it to true to get log-probabilities");
        }
    }

    /** Up to {@code maxNewTokens} tokens, the likeliest each time, ending at an end-of-sequence token. */
    public static SamplingParams greedy(int maxNewTokens) {
        return builder().maxNewTokens(maxNewTokens).temperature(0).build();
    }

    /** SGLang's defaults, to be changed. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Parameters from JSON with SGLang's names, such as {@code {"max_new_tokens": 16, "top_p": 0.9, "stop": ["\n"]}}. A {@code null} counts as not given.
     *
     * @param defaults what holds where {@code json} says nothing
     * @throws IllegalArgumentException naming what is unknown, of the wrong type or out of range
     */
    public static SamplingParams fromJson(JsonNode json, SamplingParams defaults) {
        return SamplingJson.read(json, defaults);
    }

    /** Whether the likeliest token is taken each time, so that nothing is random. */
    public boolean isGreedy() {
        return temperature < GREEDY_BELOW || topK == 1;
    }

    /**
     * Checks what depends on the model.
     *
     * @throws IllegalArgumentException if a biased token is outside the vocabulary
     */
    public void verify(int vocabSize) {
        for (int id : logitBias.keySet()) {
            if (id >= vocabSize) {
                throw new IllegalArgumentException("logit bias has the token id " + id + "; the model's vocabulary has ids 0 to " + (vocabSize - 1));
            }
        }
    }

    /** These parameters, to be changed. */
    public Builder toBuilder() {
        var builder = builder().maxNewTokens(maxNewTokens).minNewTokens(minNewTokens).temperature(temperature).topP(topP).topK(topK).minP(minP)
                .frequencyPenalty(frequencyPenalty).presencePenalty(presencePenalty).repetitionPenalty(repetitionPenalty).logitBias(logitBias)
                .stop(stop).stopTokenIds(stopTokenIds).ignoreEos(ignoreEos).skipSpecialTokens(skipSpecialTokens)
                .keptSpecialTokens(keptSpecialTokens).noStopTrim(noStopTrim).n(n)
                .returnLogprob(returnLogprob).logprobStartLen(logprobStartLen).topLogprobsNum(topLogprobsNum).extraKey(extraKey);
        samplingSeed.ifPresent(builder::samplingSeed);
        grammar.ifPresent(builder::grammar);
        customLogitProcessor.ifPresent(builder::customLogitProcessor);
        return builder;
    }

    /** Collects parameters. */
    public static final class Builder {
        private int maxNewTokens = DEFAULT_MAX_NEW_TOKENS;
        private int minNewTokens;
        private double temperature = 1;
        private double topP = 1;
        private int topK = -1;
        private double minP;
        private double frequencyPenalty;
        private double presencePenalty;
        private double repetitionPenalty = 1;
        private Map<Integer, Float> logitBias = Map.of();
        private List<String> stop = List.of();
        private Set<Integer> stopTokenIds = Set.of();
        private boolean ignoreEos;
        private boolean skipSpecialTokens = true;
        private Set<String> keptSpecialTokens = Set.of();
        private boolean noStopTrim;
        private int n = 1;
        private OptionalLong samplingSeed = OptionalLong.empty();
        private boolean returnLogprob;
        private int logprobStartLen = -1;
        private int topLogprobsNum;
        private String extraKey = "";
        private Optional<Grammar> grammar = Optional.empty();
        private Optional<CustomLogitProcessor> customLogitProcessor = Optional.empty();

        private Builder() {
        }

        public Builder maxNewTokens(int value) {
            maxNewTokens = value;
            return this;
        }

        public Builder minNewTokens(int value) {
            minNewTokens = value;
            return this;
        }

        public Builder temperature(double value) {
            temperature = value;
            return this;
        }

        public Builder topP(double value) {
            topP = value;
            return this;
        }

        public Builder topK(int value) {
            topK = value;
            return this;
        }

        public Builder minP(double value) {
            minP = value;
            return this;
        }

        public Builder frequencyPenalty(double value) {
            frequencyPenalty = value;
            return this;
        }

        public Builder presencePenalty(double value) {
            presencePenalty = value;
            return this;
        }

        public Builder repetitionPenalty(double value) {
            repetitionPenalty = value;
            return this;
        }

        public Builder logitBias(Map<Integer, Float> value) {
            logitBias = value;
            return this;
        }

        public Builder stop(List<String> value) {
            stop = value;
            return this;
        }

        public Builder stop(String... value) {
            return stop(List.of(value));
        }

        public Builder stopTokenIds(Set<Integer> value) {
            stopTokenIds = value;
            return this;
        }

        public Builder ignoreEos(boolean value) {
            ignoreEos = value;
            return this;
        }

        public Builder skipSpecialTokens(boolean value) {
            skipSpecialTokens = value;
            return this;
        }

        public Builder keptSpecialTokens(Set<String> value) {
            keptSpecialTokens = value;
            return this;
        }

        public Builder noStopTrim(boolean value) {
            noStopTrim = value;
            return this;
        }

        public Builder n(int value) {
            n = value;
            return this;
        }

        public Builder samplingSeed(long value) {
            samplingSeed = OptionalLong.of(value);
            return this;
        }

        public Builder returnLogprob(boolean value) {
            returnLogprob = value;
            return this;
        }

        public Builder logprobStartLen(int value) {
            logprobStartLen = value;
            return this;
        }

        public Builder topLogprobsNum(int value) {
            topLogprobsNum = value;
            return this;
        }

        public Builder extraKey(String value) {
            extraKey = value;
            return this;
        }

        public Builder grammar(Grammar value) {
            grammar = Optional.of(value);
            return this;
        }

        public Builder customLogitProcessor(CustomLogitProcessor value) {
            customLogitProcessor = Optional.of(value);
            return this;
        }

        /**
         * The parameters.
         *
         * @throws IllegalArgumentException naming a value that is out of range or contradicts another
         */
        public SamplingParams build() {
            return new SamplingParams(maxNewTokens, minNewTokens, temperature, topP, topK, minP, frequencyPenalty, presencePenalty, repetitionPenalty,
                    logitBias, stop, stopTokenIds, ignoreEos, skipSpecialTokens, keptSpecialTokens, noStopTrim, n, samplingSeed, returnLogprob, logprobStartLen,
                    topLogprobsNum, extraKey, grammar, customLogitProcessor);
        }
    }
}
