package io.gatun.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatModelStreamingEvent;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.output.FinishReason;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.Pooling;
import io.gatun.runtime.multimodal.source.ImageSource;
import io.gatun.runtime.sampling.CustomLogitProcessor;
import io.gatun.runtime.sampling.SamplingParams;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The models over the samples, with the samples' own wit. */
class GatunModelsTest {
    private static final Path TEXT = Path.of("..", "models", "samples", "llama");
    private static final Path EYES = Path.of("..", "models", "samples", "qwen2vl");
    private static Engine engine;

    @BeforeAll
    static void load() {
        engine = Engine.load(TEXT);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static GatunChatModel.Builder chat() {
        return GatunChatModel.builder().engine(engine);
    }

    /** Runs until it is stopped, for several seconds at least. */
    private static SamplingParams endless(SamplingParams params) {
        return params.toBuilder().maxNewTokens(1000).ignoreEos(true)
                .customLogitProcessor(CustomLogitProcessor.of((logits, ids) -> LockSupport.parkNanos(5_000_000))).build();
    }

    private static GatunChatModel.Builder endless() {
        return chat().sampling((request, params) -> endless(params));
    }

    @Test
    void answersAndAddsUp() {
        try (var model = chat().modelName("sample").build()) {
            assertThat(model.chat("Add 23 and 592.")).contains("615");
            var response = model.chat(UserMessage.from("Add 23 and 592."));
            assertThat(response.metadata().modelName()).isEqualTo("sample");
            assertThat(response.metadata().finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(response.metadata().tokenUsage().inputTokenCount()).isPositive();
            assertThat(model.supportedCapabilities()).containsExactly(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
        }
        assertThat(engine.generate("still open", SamplingParams.greedy(1)).completionTokens()).isEqualTo(1);
    }

    @Test
    void manyCallersAreServedAtOnce() throws Exception {
        try (var model = chat().build(); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<String>>();
            for (int i = 10; i < 50; i++) {
                int number = i;
                answers.add(threads.submit(() -> model.chat("Add " + number + " and 100.")));
            }
            for (int i = 10; i < 50; i++) {
                assertThat(answers.get(i - 10).get()).contains(Integer.toString(i + 100));
            }
        }
    }

    @Test
    void parametersReachTheEngine() {
        var captured = new ArrayList<SamplingParams>();
        try (var model = chat().temperature(0.5).topP(0.9).topK(7).frequencyPenalty(0.25).presencePenalty(0.5).maxOutputTokens(3).stopSequences(List.of("x"))
                .sampling((request, params) -> {
                    captured.add(params);
                    return params;
                }).build()) {
            model.chat(ChatRequest.builder().messages(UserMessage.from("Hello")).parameters(ChatRequestParameters.builder().topK(9).build()).build());
        }
        var defaults = engine.defaultSamplingParams();
        assertThat(captured).containsExactly(defaults.toBuilder().temperature(0.5).topP(0.9).topK(9).frequencyPenalty(0.25).presencePenalty(0.5).maxNewTokens(3)
                .stop("x").build());
        try (var model = chat().sampling((request, params) -> {
            captured.add(params);
            return params;
        }).build()) {
            model.chat("Hello");
        }
        assertThat(captured.getLast()).isEqualTo(defaults.toBuilder().maxNewTokens(engine.contextLength()).build());
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> GatunChatModel.builder().build()).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("both missing");
        assertThatThrownBy(() -> chat().modelPath(TEXT).build()).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("both given");
        try (var model = chat().build()) {
            assertThatThrownBy(() -> model.chat(UserMessage.from(ImageContent.from("AQID", "image/png"))))
                    .isExactlyInstanceOf(UnsupportedFeatureException.class)
                    .hasMessageContaining("image is not supported by the model LlamaForCausalLM");
            assertThatThrownBy(() -> model.chat("long ".repeat(2000))).isExactlyInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("context length");
            assertThatThrownBy(() -> model.chat(ChatRequest.builder().messages(UserMessage.from("Hi")).parameters(ChatRequestParameters.builder()
                    .temperature(-1.0).build())
                    .build())).isExactlyInstanceOf(InvalidRequestException.class).hasMessageContaining("temperature");
        }
        var closed = GatunChatModel.builder().modelPath(TEXT).build();
        assertThat(closed.defaultRequestParameters().modelName()).isEqualTo("llama");
        closed.close();
        assertThatThrownBy(() -> closed.chat("Hi")).isExactlyInstanceOf(LangChain4jException.class).hasMessageContaining("closed");
    }

    @Test
    void interruptingACallerAbortsItsRequest() throws InterruptedException {
        try (var model = endless().build()) {
            var failure = new CompletableFuture<Throwable>();
            var caller = Thread.ofVirtual().start(() -> {
                try {
                    model.chat("Hello");
                } catch (RuntimeException e) {
                    failure.complete(e);
                }
            });
            awaitRunning();
            caller.interrupt();
            assertThat(failure.join()).isExactlyInstanceOf(LangChain4jException.class).hasMessageContaining("interrupted");
            awaitIdle();
        }
    }

    @Test
    void futuresAnswerAndCanBeCancelled() throws InterruptedException {
        try (var model = chat().build()) {
            assertThat(model.chatAsync("Add 23 and 592.").join()).contains("615");
            assertThatThrownBy(() -> model.chatAsync("long ".repeat(2000)).join()).hasCauseExactlyInstanceOf(InvalidRequestException.class);
        }
        try (var model = endless().build()) {
            var future = model.chatAsync(ChatRequest.builder().messages(UserMessage.from("Hello")).build());
            awaitRunning();
            future.cancel(true);
            assertThatThrownBy(future::join).isInstanceOf(CancellationException.class);
            awaitIdle();
        }
    }

    private static void awaitRunning() throws InterruptedException {
        await(() -> engine.stats().running() > 0);
    }

    private static void awaitIdle() throws InterruptedException {
        await(() -> engine.stats().running() == 0);
    }

    @Test
    void publishesEventsAsTheyAreAskedFor() throws InterruptedException {
        var request = ChatRequest.builder().messages(UserMessage.from("Add 23 and 592.")).build();
        try (var model = GatunStreamingChatModel.builder().engine(engine).build()) {
            var all = new Collector(Long.MAX_VALUE);
            model.chat(request).subscribe(all);
            assertThat(all.ended.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(all.failure).isNull();
            var text = new StringBuilder();
            all.events.stream().filter(PartialResponse.class::isInstance).forEach(part -> text.append(((PartialResponse) part).text()));
            ChatResponse response = ((CompleteResponse) all.events.getLast()).chatResponse();
            assertThat(text.toString()).contains("615").isEqualTo(response.aiMessage().text());

            var one = new Collector(1);
            model.chat(request).subscribe(one);
            for (int i = 0; i < 500 && one.events.isEmpty(); i++) {
                Thread.sleep(2);
            }
            Thread.sleep(50);
            assertThat(one.events).hasSize(1);
            one.subscription.cancel();
            awaitIdle();
            assertThat(one.events).hasSize(1);

            var wrong = new Collector(0);
            model.chat(request).subscribe(wrong);
            assertThat(wrong.ended.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(wrong.failure).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("asked for 0");
        }
    }

    @Test
    void anAnswerThatWaitsForItsTurnIsCancelledAtOnce() throws InterruptedException {
        var request = ChatRequest.builder().messages(UserMessage.from("Add 23 and 592.")).build();
        try (var narrow = Engine.load(EngineOptions.builder(TEXT).maxRunningRequests(1).build());
                var model = GatunStreamingChatModel.builder().engine(narrow).build();
                var busy = narrow.stream("One", endless(SamplingParams.greedy(1000)))) {
            busy.next();
            var waiting = new Collector(Long.MAX_VALUE);
            model.chat(request).subscribe(waiting);
            await(() -> narrow.stats().waiting() == 1);
            waiting.subscription.cancel();
            await(() -> narrow.stats().waiting() == 0);
            assertThat(narrow.stats().running()).isEqualTo(1);
            assertThat(waiting.events).isEmpty();
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 500 && !condition.getAsBoolean(); i++) {
            Thread.sleep(2);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    private static final class Collector implements Flow.Subscriber<ChatModelStreamingEvent> {
        private final long demand;
        private final List<ChatModelStreamingEvent> events = new CopyOnWriteArrayList<>();
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile Flow.Subscription subscription;
        private volatile Throwable failure;

        Collector(long demand) {
            this.demand = demand;
        }

        @Override
        public void onSubscribe(Flow.Subscription value) {
            subscription = value;
            value.request(demand);
        }

        @Override
        public void onNext(ChatModelStreamingEvent event) {
            events.add(event);
        }

        @Override
        public void onError(Throwable error) {
            failure = error;
            ended.countDown();
        }

        @Override
        public void onComplete() {
            ended.countDown();
        }
    }

    /** The answer to a picture is the engine's own. */
    @Test
    void seesPictures() throws IOException {
        var file = anyPicture();
        try (var eyes = Engine.load(EYES); var model = GatunChatModel.builder().engine(eyes).maxOutputTokens(12).build()) {
            var question = "What is in the picture?";
            var expected = eyes.chat(io.gatun.runtime.chat.ChatRequest.builder().user(question, new ImageSource.LocalFile(file)).build(),
                    eyes.defaultSamplingParams().toBuilder().maxNewTokens(12).build());
            var response = model.chat(UserMessage.from(ImageContent.from(Base64.getEncoder().encodeToString(Files.readAllBytes(file)), "image/png"),
                    TextContent.from(question)));
            assertThat(response.aiMessage().text()).isNotEmpty().isEqualTo(expected.text());
            assertThat(response.metadata().tokenUsage().inputTokenCount()).isEqualTo(expected.promptTokens());
        }
    }

    private static Path anyPicture() throws IOException {
        var picture = new BufferedImage(96, 96, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 96 * 96; i++) {
            picture.setRGB(i % 96, i / 96, (i % 96) / 32 == 1 && i / 96 / 32 == 1 ? 0xff0000 : 0xffffff);
        }
        var file = Files.createTempFile("picture", ".png");
        file.toFile().deleteOnExit();
        ImageIO.write(picture, "png", file.toFile());
        return file;
    }

    @Test
    void embeddingsAreTheEngines() {
        try (var model = GatunEmbeddingModel.builder().engine(engine).pooling(Pooling.MEAN).normalize(false).build()) {
            assertThat(model.embed("hello world").content().vector()).isEqualTo(engine.encode(List.of("hello world"), Pooling.MEAN, false).getFirst());
            assertThat(model.dimension()).isEqualTo(160);
            assertThat(model.embed("hello world").tokenUsage().inputTokenCount()).isEqualTo(engine.tokenizer().orElseThrow().encode("hello world").length);
            assertThatThrownBy(() -> model.embed("long ".repeat(2000))).isExactlyInstanceOf(InvalidRequestException.class);
        }
    }
}
