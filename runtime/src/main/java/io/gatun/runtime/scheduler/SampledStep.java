package io.gatun.runtime.scheduler;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.gatun.memory.Device;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.TokenList;
import io.gatun.runtime.engine.TokenLogprob;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** What a step sampled, on its way to the host. */
final class SampledStep implements StepResult, AutoCloseable {
    private final HostCopies host;
    private final Map<Integer, RuntimeException> failures = new HashMap<>();
    private final BitSet wantsLogprob = new BitSet();
    private long idsAt;
    private Optional<Copied> output = Optional.empty();
    private Optional<Copied> prompt = Optional.empty();
    private Optional<PromptRows> promptRows = Optional.empty();
    private Optional<PooledRows> pooledRows = Optional.empty();
    private long pooledAt;
    private int hiddenSize;

    /** Where the logprobs of some tokens lie on the host. */
    private record Copied(long chosen, long topIds, long topValues, int top) {
    }

    SampledStep(Device device) {
        host = HostCopies.on(device);
    }

    /** Begins a step whose results take up to {@code bytes}. */
    void begin(long bytes) {
        host.begin(bytes);
        failures.clear();
        wantsLogprob.clear();
        output = Optional.empty();
        prompt = Optional.empty();
        promptRows = Optional.empty();
        pooledRows = Optional.empty();
    }

    /** i32 [B]: the sampled ids. */
    void takeIds(Tensor ids) {
        idsAt = host.copy(ids);
    }

    /** The logprobs of the sampled ids. */
    void takeLogprobs(LogprobTensors logprobs, List<Req> reqs) {
        output = Optional.of(copy(logprobs));
        for (int b = 0; b < reqs.size(); b++) {
            wantsLogprob.set(b, reqs.get(b).params().returnLogprob());
        }
    }

    /** The logprobs of tokens of prompts. */
    void takePromptLogprobs(LogprobTensors logprobs, PromptRows rows) {
        prompt = Optional.of(copy(logprobs));
        promptRows = Optional.of(rows);
    }

    /** f32 [N, H]: sums of hidden states. */
    void takePooled(Tensor sums, PooledRows rows) {
        pooledAt = host.copy(sums);
        hiddenSize = sums.cols();
        pooledRows = Optional.of(rows);
    }

    void end() {
        host.end();
    }

    @Override
    public void fail(int i, RuntimeException cause) {
        failures.put(i, cause);
    }

    @Override
    public void await() {
        host.await();
    }

    @Override
    public double deviceSeconds() {
        return host.deviceSeconds();
    }

    @Override
    public int id(int i) {
        return host.segment().get(JAVA_INT, idsAt + (long) i * Integer.BYTES);
    }

    @Override
    public Optional<TokenLogprob> logprob(int i) {
        return wantsLogprob.get(i) ? Optional.of(logprob(output.orElseThrow(), i, id(i))) : Optional.empty();
    }

    @Override
    public void promptLogprobs(int i, Req req) {
        if (promptRows.isPresent()) {
            promptRows.get().of(i).ifPresent(span -> req.sink().promptLogprobs(promptLogprobs(span, req.tokens())));
        }
    }

    @Override
    public void pool(int i, Req req) {
        if (pooledRows.isEmpty() || pooledRows.get().places()[i] < 0) {
            return;
        }
        if (req.pooled.length == 0) {
            req.pooled = new float[hiddenSize];
        }
        long at = pooledAt + (long) pooledRows.get().places()[i] * hiddenSize * Float.BYTES;
        for (int j = 0; j < hiddenSize; j++) {
            req.pooled[j] += host.segment().get(JAVA_FLOAT, at + (long) j * Float.BYTES);
        }
    }

    @Override
    public Optional<RuntimeException> failure(int i) {
        return failures.isEmpty() ? Optional.empty() : Optional.ofNullable(failures.get(i));
    }

    @Override
    public void close() {
        host.close();
    }

    private List<TokenLogprob> promptLogprobs(PromptRows.Span span, TokenList tokens) {
        var logprobs = new ArrayList<TokenLogprob>();
        if (span.withFirst()) {
            logprobs.add(new TokenLogprob(tokens.get(0), OptionalDouble.empty(), List.of()));
        }
        for (int j = 0; j < span.count(); j++) {
            logprobs.add(logprob(prompt.orElseThrow(), span.from() + j, tokens.get(span.firstTarget() + j)));
        }
        return logprobs;
    }

    private Copied copy(LogprobTensors logprobs) {
        long chosen = host.copy(logprobs.chosen());
        return logprobs.top() == 0 ? new Copied(chosen, 0, 0, 0)
                : new Copied(chosen, host.copy(logprobs.topIds()), host.copy(logprobs.topValues()), logprobs.top());
    }

    private TokenLogprob logprob(Copied copied, int i, int id) {
        var top = new ArrayList<TokenLogprob.Candidate>(copied.top);
        for (int j = 0; j < copied.top; j++) {
            long offset = ((long) i * copied.top + j) * Integer.BYTES;
            top.add(new TokenLogprob.Candidate(host.segment().get(JAVA_INT, copied.topIds + offset), host.segment().get(JAVA_FLOAT, copied.topValues + offset)));
        }
        return new TokenLogprob(id, OptionalDouble.of(host.segment().get(JAVA_FLOAT, copied.chosen + (long) i * Float.BYTES)), top);
    }
}
