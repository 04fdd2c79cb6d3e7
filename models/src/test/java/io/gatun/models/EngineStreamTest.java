package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.engine.GenerationChunk;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.sampling.SamplingParams;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Outputs as they come, to iterators and subscribers, and what Flight Recorder sees of them. */
class EngineStreamTest {
    private static final String PROMPT = "The future of AI is";
    private static final SamplingParams LONG = SamplingParams.greedy(200).toBuilder().ignoreEos(true).build();
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static Engine engine;

    @BeforeAll
    static void load() {
        engine = Engine.load(Checkpoints.onCpu(Golden.named("sample-llama").folder()).maxTotalTokens(8192).build());
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Test
    void chunksMakeUpTheResultAndNoCodePointIsSplit() {
        var params = SamplingParams.builder().temperature(3).maxNewTokens(150).ignoreEos(true).samplingSeed(5).n(3).build();
        var whole = engine.generate(GenerationRequest.of(PROMPT, params));
        var texts = new StringBuilder[] {new StringBuilder(), new StringBuilder(), new StringBuilder()};
        var ids = List.of(new ArrayList<Integer>(), new ArrayList<Integer>(), new ArrayList<Integer>());
        try (var stream = engine.stream(GenerationRequest.of(PROMPT, params))) {
            stream.chunks().forEach(chunk -> {
                assertThat(chunk.text().isEmpty() || !Character.isHighSurrogate(chunk.text().charAt(chunk.text().length() - 1))).isTrue();
                texts[chunk.index()].append(chunk.text());
                for (int id : chunk.outputIds()) {
                    ids.get(chunk.index()).add(id);
                }
                chunk.result().ifPresent(result -> assertThat(result.text()).isEqualTo(whole.get(chunk.index()).text()));
            });
        }
        for (int i = 0; i < 3; i++) {
            assertThat(texts[i].toString()).isEqualTo(whole.get(i).text());
            assertThat(ids.get(i).stream().mapToInt(id -> id).toArray()).isEqualTo(whole.get(i).outputIds());
        }
    }

    @Test
    void aSubscriberGetsWhatItAsksForAndNoMore() throws Exception {
        var subscriber = new Asking();
        engine.publish(GenerationRequest.of(PROMPT, LONG)).subscribe(subscriber);
        subscriber.subscription.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        for (int i = 1; i <= 5; i++) {
            subscriber.subscription.join().request(1);
            assertThat(subscriber.arrived.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(subscriber.chunks).hasSize(i);
        }
        Thread.sleep(50);
        assertThat(subscriber.chunks).hasSize(5);
        subscriber.subscription.join().request(Long.MAX_VALUE);
        subscriber.done.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        var text = subscriber.chunks.stream().map(GenerationChunk::text).reduce("", String::concat);
        assertThat(text).isEqualTo(engine.generate(PROMPT, LONG).text());
        assertThat(subscriber.chunks.getLast().isLast()).isTrue();
    }

    @Test
    void cancellingASubscriptionAbortsItsRequest() throws Exception {
        var subscriber = new Asking();
        engine.publish(GenerationRequest.of(PROMPT, LONG.toBuilder().maxNewTokens(600).build())).subscribe(subscriber);
        subscriber.subscription.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).request(1);
        assertThat(subscriber.arrived.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        subscriber.subscription.join().cancel();
        awaitIdle();
        assertThat(subscriber.chunks).hasSize(1);
        assertThat(subscriber.done).isNotDone();
    }

    @Test
    void askingForNothingIsAnError() throws Exception {
        var subscriber = new Asking();
        engine.publish(GenerationRequest.of(PROMPT, LONG)).subscribe(subscriber);
        subscriber.subscription.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).request(0);
        var failure = subscriber.done.handle((done, e) -> e).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(failure).isInstanceOf(IllegalArgumentException.class).hasMessage("a subscriber asked for 0 chunks; it must ask for at least 1");
        awaitIdle();
    }

    @Test
    void flightRecorderSeesStepsAndRequests(@TempDir Path folder) throws Exception {
        var file = folder.resolve("engine.jfr");
        try (var recording = new Recording()) {
            recording.enable("io.gatun.Step");
            recording.enable("io.gatun.Request");
            recording.start();
            engine.generate(GenerationRequest.of(PROMPT, LONG.toBuilder().maxNewTokens(9).extraKey("jfr").build()).withId("recorded"));
            awaitIdle();
            recording.stop();
            recording.dump(file);
        }
        var events = RecordingFile.readAllEvents(file);
        var request = named(events, "io.gatun.Request").getFirst();
        assertThat(request.getString("requestId")).isEqualTo("recorded");
        assertThat(request.getInt("completionTokens")).isEqualTo(9);
        assertThat(request.getString("finishReason")).isEqualTo(FinishReason.LENGTH.type());
        assertThat(request.getDuration("timeToFirstToken")).isPositive().isLessThan(request.getDuration("totalTime"));
        var steps = named(events, "io.gatun.Step");
        assertThat(steps).hasSize(9);
        assertThat(steps.getFirst().getString("mode")).isEqualTo("EXTEND");
        assertThat(steps.getFirst().getInt("tokens")).isEqualTo(request.getInt("promptTokens"));
        assertThat(steps.subList(1, 9)).allMatch(step -> step.getString("mode").equals("DECODE") && step.getInt("decodes") == 1);
    }

    private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
        return events.stream().filter(event -> event.getEventType().getName().equals(name)).toList();
    }

    private static void awaitIdle() throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (engine.stats().running() + engine.stats().waiting() > 0) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(1);
        }
    }

    private static final class Asking implements Flow.Subscriber<GenerationChunk> {
        private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private final List<GenerationChunk> chunks = Collections.synchronizedList(new ArrayList<>());
        private final Semaphore arrived = new Semaphore(0);

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription.complete(given);
        }

        @Override
        public void onNext(GenerationChunk chunk) {
            chunks.add(chunk);
            arrived.release();
        }

        @Override
        public void onError(Throwable failure) {
            done.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            done.complete(null);
        }
    }
}
