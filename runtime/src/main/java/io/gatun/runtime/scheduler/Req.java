package io.gatun.runtime.scheduler;

import io.gatun.runtime.batch.Chunk;
import io.gatun.runtime.batch.TokenList;
import io.gatun.runtime.cache.CacheClaim;
import io.gatun.runtime.cache.PageList;
import io.gatun.runtime.engine.Pooling;
import io.gatun.runtime.multimodal.ExpandedPrompt;
import io.gatun.runtime.multimodal.MediaInputs;
import io.gatun.runtime.sampling.CustomLogitProcessor;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.runtime.sampling.StopChecker;
import java.util.Optional;
import java.util.Set;

/**
 * A request on its way through the scheduler, whose thread alone touches it. Its tokens are the prompt and the output so far; the first
 * {@code kvLen} of them are in the cache or will be when the steps launched so far have run.
 */
public final class Req implements Chunk {
    /** Where the request is. */
    enum State { WAITING, PREFILLING, RUNNING, ENDED }

    static final int NO_SLOT = -1;
    private static final int UNADMITTED = -1;

    private final String id;
    private final TokenList tokens;
    private final TokenList keys;
    private final Optional<MediaInputs> media;
    private final int promptLen;
    private final int maxNewTokens;
    private final SamplingParams params;
    private final long seed;
    private final StopChecker stop;
    private final OutputSink sink;
    private final Optional<Req> leader;
    private final Optional<Pooling> pooling;
    private final RequestClock clock = new RequestClock();
    final CacheClaim claim;
    State state = State.WAITING;
    int row;
    int kvLen;
    int inFlight;
    int retractions;
    int matched;
    int promptLogprobsDone;
    float[] pooled = {};
    int penaltySlot = NO_SLOT;
    private int cachedTokens = UNADMITTED;
    private int stepFrom;
    private int stepLength;

    /**
     * A request that was checked already.
     *
     * @param prompt at least one token
     * @param maxNewTokens at least 1, and no more than fit into the context after the prompt
     * @param seed of its random numbers
     * @param stop knows when the output ends
     * @param leader a request with the same prompt, whose prefill this one waits for, to share it
     */
    public Req(String id, ExpandedPrompt prompt, int maxNewTokens, SamplingParams params, long seed, StopChecker stop, OutputSink sink, Optional<Req> leader) {
        this(id, prompt, maxNewTokens, params, seed, stop, sink, leader, Optional.empty());
    }

    private Req(String id, ExpandedPrompt prompt, int maxNewTokens, SamplingParams params, long seed, StopChecker stop, OutputSink sink, Optional<Req> leader,
            Optional<Pooling> pooling) {
        this.id = id;
        this.tokens = new TokenList(prompt.ids(), 0);
        this.keys = prompt.media().isPresent() ? new TokenList(prompt.keys(), 0) : tokens;
        this.media = prompt.media();
        this.promptLen = prompt.ids().length;
        this.maxNewTokens = maxNewTokens;
        this.params = params;
        this.seed = seed;
        this.stop = stop;
        this.sink = sink;
        this.leader = leader;
        this.pooling = pooling;
        this.claim = new CacheClaim(params.extraKey());
        this.promptLogprobsDone = params.returnLogprob() && params.logprobStartLen() >= 0 ? Math.min(params.logprobStartLen(), promptLen) : promptLen;
    }

    /** A request for the embedding of a text; it generates nothing. */
    public static Req ofEmbedding(String id, ExpandedPrompt prompt, Pooling pooling, OutputSink sink) {
        var params = SamplingParams.greedy(1);
        return new Req(id, prompt, 0, params, 0, new StopChecker(params, Set.of(), Optional.empty()), sink, Optional.empty(), Optional.of(pooling));
    }

    public String id() {
        return id;
    }

    public SamplingParams params() {
        return params;
    }

    public int promptLen() {
        return promptLen;
    }

    public OutputSink sink() {
        return sink;
    }

    @Override
    public int row() {
        return row;
    }

    @Override
    public int prefixLen() {
        return stepFrom;
    }

    @Override
    public int length() {
        return stepLength;
    }

    /** The id at {@code position}; negative if it is sampled already but known to the device alone. */
    @Override
    public int id(int position) {
        return position < tokens.size() ? tokens.get(position) : -1;
    }

    @Override
    public PageList pages() {
        return claim.pages();
    }

    @Override
    public Optional<MediaInputs> media() {
        return media;
    }

    /** What its tokens are known by to the prefix cache: the ids, but for a picture's tokens the picture's own. */
    TokenList keys() {
        return keys;
    }

    /** How its embedding is made, where that is what it asks for. */
    Optional<Pooling> pooling() {
        return pooling;
    }

    TokenList tokens() {
        return tokens;
    }

    RequestClock clock() {
        return clock;
    }

    long seed() {
        return seed;
    }

    StopChecker stop() {
        return stop;
    }

    int maxNewTokens() {
        return maxNewTokens;
    }

    /** Output tokens that the host knows. */
    int outputLen() {
        return tokens.size() - promptLen;
    }

    /** Output tokens, those in flight included. */
    int plannedOutputLen() {
        return outputLen() + inFlight;
    }

    /** Output tokens that may still be asked for. */
    int remaining() {
        return maxNewTokens - plannedOutputLen();
    }

    /** How many tokens of the output come before the one that the step it is in samples. */
    int samplingStep() {
        return plannedOutputLen() - 1;
    }

    /** Whether its logits are changed before sampling. */
    boolean isPenalized() {
        return countsTokens() || !params.logitBias().isEmpty() || holdsStopsBack();
    }

    /** Whether penalties need to know which tokens occurred. */
    boolean countsTokens() {
        return params.frequencyPenalty() != 0 || params.presencePenalty() != 0 || params.repetitionPenalty() != 1;
    }

    boolean hasPenaltySlot() {
        return penaltySlot != NO_SLOT;
    }

    /** Whether the next token must not be one that ends the output. */
    boolean holdsStopsBack() {
        return params.minNewTokens() > 0 && samplingStep() < params.minNewTokens();
    }

    /** Whether its processor is given the tokens so far. */
    boolean needsKnownTokens() {
        return params.customLogitProcessor().isPresent() && params.customLogitProcessor().get() instanceof CustomLogitProcessor.OnHost;
    }

    /** Whether another prefill of the same prompt should be waited for. */
    boolean waitsForLeader() {
        return leader.isPresent() && (leader.get().state == State.WAITING || leader.get().state == State.PREFILLING);
    }

    /** How much of the tokens may come from the cache: all but the last, whose logits are needed, and none whose logprobs or
     * hidden states are still to be told. */
    int matchLimit() {
        if (pooling.isPresent() && pooling.get() != Pooling.LAST) {
            return 0;
        }
        return Math.min(tokens.size() - 1, promptLogprobsDone < promptLen ? Math.max(0, promptLogprobsDone - 1) : Integer.MAX_VALUE);
    }

    /** Takes part in the next step with {@code length} tokens after those in the cache. */
    void advance(int length) {
        stepFrom = kvLen;
        stepLength = length;
        kvLen += length;
    }

    /** Is in a step for the first time since it waits; the prefix cache had {@code cached} tokens. */
    void admitted(int cached) {
        state = State.PREFILLING;
        if (cachedTokens == UNADMITTED) {
            cachedTokens = Math.min(cached, promptLen);
            clock.admitted();
            tokens.reserve(Math.min(maxNewTokens, PrefillAdder.MAX_RESERVED_OUTPUT));
            keys.reserve(Math.min(maxNewTokens, PrefillAdder.MAX_RESERVED_OUTPUT));
        }
    }

    /** Begins again, with nothing in the cache. */
    void retracted() {
        kvLen = 0;
        retractions++;
        pooled = new float[0];
        state = State.WAITING;
    }

    /** Its next token came back from the device. */
    void took(int token) {
        inFlight--;
        tokens.add(token);
        if (keys != tokens) {
            keys.add(token);
        }
        clock.token();
    }

    RequestStats stats() {
        return new RequestStats(Math.max(0, cachedTokens), retractions, clock.queueSeconds(), clock.firstTokenSeconds(), clock.seconds());
    }

    @Override
    public String toString() {
        return id + " (" + state + ", " + promptLen + " + " + plannedOutputLen() + " tokens, " + kvLen + " in the cache)";
    }
}
