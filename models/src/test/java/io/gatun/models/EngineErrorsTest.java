package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.LogitsExpression;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.runtime.engine.Pooling;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.sampling.CustomLogitProcessor;
import io.gatun.runtime.sampling.SamplingParams;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that cannot be served end with a clear error, while another request goes on unharmed. */
class EngineErrorsTest {
    private static final Golden.Prompt GOOD = Golden.named("sample-llama").prompts().getLast();
    private static final SamplingParams GREEDY = SamplingParams.greedy(GOOD.outputIds().length).toBuilder().ignoreEos(true).build();

    private Engine engine;
    private CompletableFuture<List<GenerationResult>> inFlight;

    @BeforeEach
    void load() {
        engine = Engine.load(Checkpoints.onCpu(Golden.named("sample-llama").folder()).maxTotalTokens(2048).build());
        inFlight = engine.generateAsync(GenerationRequest.ofIds(GOOD.inputIds(), GREEDY));
    }

    @AfterEach
    void theOtherRequestIsUnharmedAndNothingLeaks() throws Exception {
        try (var open = engine) {
            if (!inFlight.isCompletedExceptionally()) {
                assertThat(inFlight.get(20, TimeUnit.SECONDS).getFirst().outputIds()).isEqualTo(GOOD.outputIds());
            }
            var stats = open.stats();
            assertThat(stats.availableTokens() + stats.evictableTokens()).isEqualTo(stats.totalTokens());
        } catch (IllegalStateException closed) {
            assertThat(closed).hasMessage("the engine is closed");
        }
        assertThat(engine.memory().liveByArena()).isEmpty();
    }

    @Test
    void emptyPrompts() {
        assertThatThrownBy(() -> engine.generateIds(List.of(new int[0]), GREEDY)).isInstanceOf(RequestException.class)
                .hasMessage("the prompt is empty; it must have at least one token");
        assertThatThrownBy(() -> engine.encodeIds(List.of(new int[] {1}, new int[0]), Pooling.LAST, true)).isInstanceOf(RequestException.class)
                .hasMessageContaining("is empty");
    }

    @Test
    void idsOutsideTheVocabulary() {
        for (int id : new int[] {-1, 1_000_000, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> engine.generateIds(List.of(new int[] {1, id}), GREEDY)).isInstanceOf(RequestException.class)
                    .hasMessageStartingWith("the prompt has the token id " + id + "; the model's vocabulary has ids 0 to ");
        }
        assertThatThrownBy(() -> engine.generate("x", GREEDY.toBuilder().stopTokenIds(Set.of(99_999)).build())).isInstanceOf(RequestException.class)
                .hasMessageContaining("stop token ids has the token id 99999");
        assertThatThrownBy(() -> engine.generate("x", GREEDY.toBuilder().logitBias(Map.of(99_999, 1f)).build())).isInstanceOf(RequestException.class)
                .hasMessageContaining("logit bias has the token id 99999");
    }

    @Test
    void contextOverflow() {
        int context = engine.contextLength();
        assertThatThrownBy(() -> engine.generateIds(List.of(new int[context]), GREEDY)).isInstanceOf(RequestException.class)
                .hasMessage("the prompt has " + context + " tokens, which leaves no room for an answer in the context length of " + context);
        var longest = engine.generateIds(List.of(new int[context - 2]), GREEDY).getFirst();
        assertThat(longest.completionTokens()).isEqualTo(2);
        assertThat(longest.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void oneBadRequestOfACallIsNamedAndNoneIsRun() {
        var good = GenerationRequest.ofIds(GOOD.inputIds(), GREEDY);
        assertThatThrownBy(() -> engine.generateAll(List.of(good, GenerationRequest.ofIds(new int[0], GREEDY)))).isInstanceOf(RequestException.class)
                .hasMessageStartingWith("request 1 of 2: the prompt is empty");
    }

    @Test
    void anIdThatIsRunningAlready() {
        var slow = GenerationRequest.ofIds(GOOD.inputIds(), SamplingParams.greedy(900).toBuilder().ignoreEos(true).build()).withId("twice");
        try (var stream = engine.stream(slow)) {
            assertThat(stream.id()).isEqualTo("twice");
            assertThatThrownBy(() -> engine.generate(slow)).isInstanceOf(RequestException.class).hasMessage("a request with the id 'twice' is running already");
            assertThat(engine.abort("twic")).isFalse();
            assertThat(engine.abort("twice")).isTrue();
        }
    }

    @Test
    void aProcessorThatThrows() {
        var thrower = CustomLogitProcessor.of((logits, outputIds) -> {
            if (outputIds.length == 3) {
                throw new IllegalStateException("no more");
            }
        });
        var request = GenerationRequest.ofIds(GOOD.inputIds(), GREEDY.toBuilder().customLogitProcessor(thrower).build()).withId("hooked");
        assertThatThrownBy(() -> engine.generate(request)).isInstanceOf(RequestException.class)
                .hasMessage("the custom logit processor of request hooked failed: java.lang.IllegalStateException: no more");
    }

    @Test
    void anExpressionThatIsNone() {
        assertThatThrownBy(() -> LogitsExpression.of("evil", "x; while (1) {}", (x, id, step) -> x)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must not contain ';'");
    }

    @Test
    void severalOutputsWhereOneIsReturned() {
        assertThatThrownBy(() -> engine.generate("Hello", GREEDY.toBuilder().n(2).build())).isInstanceOf(RequestException.class).hasMessageContaining("n");
    }

    @Test
    void closingWhileRequestsRunEndsThem() throws Exception {
        var running = engine.generateAsync(GenerationRequest.ofIds(GOOD.inputIds(), SamplingParams.greedy(900).toBuilder().ignoreEos(true).build()));
        var stream = engine.stream("Hello", SamplingParams.greedy(900).toBuilder().ignoreEos(true).build());
        stream.next();
        engine.close();
        var result = running.get(20, TimeUnit.SECONDS).getFirst();
        assertThat(result.finishReason()).isEqualTo(new FinishReason.Abort("the engine was closed"));
        GenerationResult last = stream.chunks().reduce((a, b) -> b).orElseThrow().result().orElseThrow();
        assertThat(last.finishReason()).isEqualTo(new FinishReason.Abort("the engine was closed"));
        assertThatThrownBy(() -> engine.generate("Hello", GREEDY)).isInstanceOf(IllegalStateException.class).hasMessage("the engine is closed");
        assertThatThrownBy(() -> engine.generateAsync(GenerationRequest.of("Hello", GREEDY)).get()).isInstanceOfAny(IllegalStateException.class, ExecutionException.class);
        inFlight = CompletableFuture.failedFuture(new IllegalStateException("closed with the engine"));
    }

    @Test
    void interruptingACallerAbortsItsRequest() throws Exception {
        var failure = new CompletableFuture<Throwable>();
        var caller = Thread.startVirtualThread(() -> {
            try {
                engine.generate("Hello", SamplingParams.greedy(900).toBuilder().ignoreEos(true).build());
                failure.complete(null);
            } catch (RequestException e) {
                failure.complete(Thread.currentThread().isInterrupted() ? e : null);
            }
        });
        while (engine.stats().running() < 1) {
            Thread.onSpinWait();
        }
        caller.interrupt();
        assertThat(failure.get(20, TimeUnit.SECONDS)).hasMessage("interrupted; the request was aborted");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (engine.stats().running() > 0) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(1);
        }
    }
}
