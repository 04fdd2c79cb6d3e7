package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.chat.ChatRequest;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.GenerationRequest.Prompt;
import io.gatun.runtime.engine.Pooling;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.engine.RequestException.Problem;
import io.gatun.runtime.sampling.SamplingParams;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that are refused because others wait, and those that are ended from outside. */
class EngineQueueTest {
    private static final SamplingParams LONG = SamplingParams.greedy(800).toBuilder().ignoreEos(true).build();

    private Engine engine;

    /** One request runs, one may wait. */
    @BeforeEach
    void load() {
        engine = Engine.load(EngineOptions.builder(Path.of("samples", "llama")).device(DeviceChoice.CPU).maxRunningRequests(1).maxQueuedRequests(1).build());
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void refusesMoreThanMayWait() {
        try (var running = engine.stream("one", LONG); var waiting = engine.stream("two", LONG)) {
            assertThatThrownBy(() -> engine.stream("three", LONG))
                    .isInstanceOfSatisfying(RequestException.class, e -> assertThat(e.problem()).isEqualTo(Problem.QUEUE_FULL));
            assertThat(List.of(running.id(), waiting.id())).doesNotHaveDuplicates();
            engine.abortAll();
            running.forEachRemaining(chunk -> chunk.result().ifPresent(result -> assertThat(result.finishReason()).isInstanceOf(FinishReason.Abort.class)));
            waiting.forEachRemaining(chunk -> chunk.result().ifPresent(result -> assertThat(result.finishReason()).isInstanceOf(FinishReason.Abort.class)));
        }
        assertThat(engine.generate("four", SamplingParams.greedy(2)).completionTokens()).isPositive();
    }

    @Test
    void runsNoneOfACallsRequestsIfOneIsRefused() {
        var request = GenerationRequest.of("x", LONG);
        assertThatThrownBy(() -> engine.generateAll(List.of(request.withId("a"), request.withId("a"))))
                .isInstanceOfSatisfying(RequestException.class, e -> assertThat(e.problem()).isEqualTo(Problem.ID));
        assertThatThrownBy(() -> engine.generateAll(List.of(request, request, request)))
                .isInstanceOfSatisfying(RequestException.class, e -> assertThat(e.problem()).isEqualTo(Problem.QUEUE_FULL));
        engine.flushCache();
        assertThat(engine.generate("after", SamplingParams.greedy(2)).completionTokens()).isPositive();
        assertThat(engine.stats().running() + engine.stats().waiting()).isZero();
    }

    @Test
    void answersUnderTheIdOfTheConversation() {
        var conversation = ChatRequest.builder().user("What is the capital of Norway?").id("norway").build();
        assertThat(engine.answer(conversation, SamplingParams.greedy(16)).getFirst().generation().id()).isEqualTo("norway");
        try (var stream = engine.answerStream(conversation, LONG)) {
            assertThat(engine.abort("norw")).isFalse();
            assertThat(engine.abort("norway")).isTrue();
            assertThat(stream.id()).isEqualTo("norway");
        }
    }

    @Test
    void saysHowLongEmbeddedPromptsWere() {
        var embeddings = engine.embed(List.of(new Prompt.Text("hello"), new Prompt.Ids(new int[] {5, 6, 7})), Pooling.LAST, true);
        assertThat(embeddings.get(0).promptTokens()).isEqualTo(engine.tokenizer().orElseThrow().encode("hello").length);
        assertThat(embeddings.get(1).promptTokens()).isEqualTo(3);
        assertThat(embeddings.get(1).values()).isEqualTo(engine.encodeIds(List.of(new int[] {5, 6, 7}), Pooling.LAST, true).getFirst());
    }
}
