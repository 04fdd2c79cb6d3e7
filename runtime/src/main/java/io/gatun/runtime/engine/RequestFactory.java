package io.gatun.runtime.engine;

import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.engine.GenerationRequest.Prompt;
import io.gatun.runtime.engine.RequestException.Problem;
import io.gatun.runtime.multimodal.ExpandedPrompt;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.MediaInputs;
import io.gatun.runtime.multimodal.MropePositions;
import io.gatun.runtime.multimodal.PromptExpander;
import io.gatun.runtime.sampling.GenerationConfig;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.runtime.sampling.StopChecker;
import io.gatun.runtime.sampling.TextStream;
import io.gatun.runtime.scheduler.Req;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;

/** Checks requests and makes them ready for the scheduler, on the caller's thread. */
final class RequestFactory {
    private final ModelConfig config;
    private final Optional<Tokenizer> tokenizer;
    private final GenerationConfig generationConfig;
    private final int contextLength;
    private final long maxTotalTokens;
    private final boolean generates;
    private final PromptExpander expander;
    private final SplittableRandom seeds;

    /**
     * A factory for requests to one model.
     *
     * @param maxTotalTokens tokens that the KV cache holds of one request
     * @param generates whether the model predicts tokens
     * @param expander puts pictures into prompts
     * @param randomSeed what the seeds of requests without one are drawn from
     */
    RequestFactory(ModelConfig config, Optional<Tokenizer> tokenizer, GenerationConfig generationConfig, int contextLength, long maxTotalTokens,
            boolean generates, PromptExpander expander, long randomSeed) {
        this.config = config;
        this.tokenizer = tokenizer;
        this.generationConfig = generationConfig;
        this.contextLength = contextLength;
        this.maxTotalTokens = maxTotalTokens;
        this.generates = generates;
        this.expander = expander;
        this.seeds = new SplittableRandom(randomSeed);
    }

    /**
     * Makes a request ready.
     *
     * @param streams whether its tokens are waited for one by one
     * @throws RequestException if it cannot be served as it is
     */
    PendingRequest prepare(GenerationRequest request, boolean streams) {
        if (!generates) {
            throw new RequestException(Problem.UNSUPPORTED, config.architecture() + " scores sequences by classes and generates nothing; use classify");
        }
        var params = request.params();
        if (params.grammar().isPresent()) {
            throw new RequestException(Problem.GRAMMAR, "the output is to follow a grammar, which this version cannot hold it to; leave out JSON schema, regex, "
                    + "EBNF, and a tool choice that requires calls");
        }
        var prompt = expand(request.prompt());
        int promptLen = prompt.ids().length;
        int maxNewTokens = maxNewTokens(prompt, params);
        checkIds(params);
        String id = request.id().orElseGet(() -> UUID.randomUUID().toString());
        long seed = params.samplingSeed().orElseGet(this::nextSeed);
        var pending = new PendingRequest(id);
        Optional<Req> leader = Optional.empty();
        for (int i = 0; i < params.n(); i++) {
            String outputId = params.n() == 1 ? id : id + "-" + i;
            var generation = pending.newGeneration(streams, maxNewTokens);
            var stop = new StopChecker(params, generationConfig.eosIds(), tokenizer);
            var req = new Req(outputId, prompt, maxNewTokens, params, seed + i, stop, generation, leader);
            leader = leader.or(() -> Optional.of(req));
            var text = tokenizer.map(found -> new TextStream(found, params, generationConfig.eosIds()));
            pending.add(req, new OutputReader(generation, outputId, i, promptLen, text));
        }
        return pending;
    }

    /**
     * Makes a request for an embedding ready.
     *
     * @throws RequestException if it cannot be served as it is
     */
    PendingRequest prepareEmbedding(Prompt prompt, Pooling pooling) {
        var expanded = expand(prompt);
        requireRoom(expanded, 0);
        var pending = new PendingRequest(UUID.randomUUID().toString());
        pending.add(Req.ofEmbedding(pending.id(), expanded, pooling, pending.newGeneration(false, 0)));
        return pending;
    }

    private synchronized long nextSeed() {
        return seeds.nextLong();
    }

    /**
     * A prompt as the model reads it.
     *
     * @throws RequestException if a picture cannot be taken or has no place in the prompt, or the prompt is empty or has ids outside the vocabulary
     */
    ExpandedPrompt expand(Prompt prompt) {
        try {
            var expanded = switch (prompt) {
                case Prompt.Ids(var ids, var media) -> expander.expandIds(ids, media, text -> encode(text, false));
                case Prompt.Text(var text, var media, boolean special) -> expander.expand(text, media, whole -> encode(whole, special));
                case Prompt.Embeddings(var values) -> expander.ofEmbeddings(values);
            };
            requireIds(expanded.ids());
            return expanded;
        } catch (MediaException e) {
            throw new RequestException(Problem.MEDIA, e.getMessage(), e);
        }
    }

    private int[] encode(String text, boolean addSpecialTokens) {
        return requireTokenizer("prompts must be given as token ids").encode(text, addSpecialTokens);
    }

    private void requireIds(int[] ids) {
        if (ids.length == 0) {
            throw new RequestException("the prompt is empty; it must have at least one token");
        }
        for (int id : ids) {
            if (id < 0 || id >= config.vocabSize()) {
                throw new RequestException("the prompt has the token id " + id + "; the model's vocabulary has ids 0 to " + (config.vocabSize() - 1));
            }
        }
    }

    /** What is asked for, or as much of it as the context and the cache have room for. */
    private int maxNewTokens(ExpandedPrompt prompt, SamplingParams params) {
        requireRoom(prompt, 1);
        return (int) Math.min(params.maxNewTokens(), Math.min(contextLength - lead(prompt), maxTotalTokens) - prompt.ids().length);
    }

    private void requireRoom(ExpandedPrompt prompt, int answerLen) {
        int promptLen = prompt.ids().length;
        if (promptLen + answerLen > contextLength) {
            throw new RequestException(Problem.CONTEXT_LENGTH, "the prompt has " + promptLen + " tokens, which " + (answerLen == 0 ? "is more than" : "leaves no room for an answer in")
                    + " the context length of " + contextLength);
        }
        if (promptLen + lead(prompt) + answerLen > contextLength) {
            throw new RequestException(Problem.CONTEXT_LENGTH, "the prompt's videos take it to position " + (promptLen + lead(prompt)) + ", which is beyond the context length of "
                    + contextLength + "; give fewer frames, or more a second");
        }
        if (promptLen + answerLen > maxTotalTokens) {
            throw new RequestException(Problem.CONTEXT_LENGTH, "the prompt has " + promptLen + " tokens, but the KV cache holds " + maxTotalTokens
                    + "; raise --max-total-tokens or --mem-fraction-static");
        }
    }

    private static int lead(ExpandedPrompt prompt) {
        return prompt.media().flatMap(MediaInputs::positions).map(MropePositions::lead).orElse(0);
    }

    private void checkIds(SamplingParams params) {
        if (!params.stop().isEmpty()) {
            requireTokenizer("stop strings cannot be found in its output; give stop token ids");
        }
        params.logitBias().keySet().forEach(id -> requireInVocabulary(id, "logit bias", Problem.LOGIT_BIAS));
        params.stopTokenIds().forEach(id -> requireInVocabulary(id, "stop token ids", Problem.STOP_TOKEN_IDS));
    }

    private void requireInVocabulary(int id, String where, Problem problem) {
        if (id < 0 || id >= config.vocabSize()) {
            throw new RequestException(problem, where + " has the token id " + id + "; the model's vocabulary has ids 0 to " + (config.vocabSize() - 1));
        }
    }

    private Tokenizer requireTokenizer(String consequence) {
        return tokenizer.orElseThrow(() -> new RequestException(Problem.UNSUPPORTED, "the model's folder has no tokenizer.json, so " + consequence));
    }
}
