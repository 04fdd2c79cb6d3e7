package io.gatun.runtime.engine;

import io.gatun.memory.MemoryLedger;
import io.gatun.runtime.chat.AnswerReader;
import io.gatun.runtime.chat.ChatMedia;
import io.gatun.runtime.chat.ChatRequest;
import io.gatun.runtime.chat.ChatTemplate;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.engine.GenerationRequest.Prompt;
import io.gatun.runtime.model.LoadReport;
import io.gatun.runtime.model.ModelRegistry;
import io.gatun.runtime.multimodal.Media;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.MultimodalProcessor;
import io.gatun.runtime.sampling.GenerationConfig;
import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.runtime.scheduler.Scheduler;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.function.Function;

/**
 * A model that answers prompts: {@code try (var engine = Engine.load(path)) { engine.generate(...) }}. One thread of its own drives the device and works
 * on many requests at once; any number of threads may call, virtual ones above all, since a call waits for its answer. Interrupting a caller aborts its
 * request.
 */
public final class Engine implements AutoCloseable {
    private final EngineLoop loop = new EngineLoop();
    private final EngineRuntime runtime;
    private final Optional<Tokenizer> tokenizer;
    private final Optional<ChatTemplate> chatTemplate;
    private final Optional<ChatTemplate> pictureTemplate;
    private final GenerationConfig generationConfig;
    private final RequestFactory requests;
    private final ConcurrentHashMap<String, PendingRequest> pending = new ConcurrentHashMap<>();

    private Engine(EngineOptions options) {
        var modelPath = options.modelPath();
        var config = ModelRegistry.config(modelPath);
        tokenizer = Files.exists(modelPath.resolve("tokenizer.json")) ? Optional.of(Tokenizer.fromDirectory(modelPath)) : Optional.empty();
        tokenizer.ifPresent(found -> requireFits(found, modelPath, config));
        chatTemplate = ChatTemplate.fromDirectory(modelPath);
        generationConfig = GenerationConfig.load(modelPath, config);
        runtime = loop.start(() -> EngineRuntime.load(options));
        pictureTemplate = runtime.runner().processor().flatMap(MultimodalProcessor::chatTemplate)
                .map(text -> ChatTemplate.compile(config.architecture(), text, Map.of(), Clock.systemDefaultZone()));
        requests = new RequestFactory(config, tokenizer, generationConfig, runtime.runner().contextLength(), runtime.maxRequestTokens(),
                runtime.runner().numLabels().isEmpty(), runtime.runner().expander(options.imageLoader()), options.randomSeed().orElseGet(System::nanoTime));
    }

    /** Loads the model in a folder, on a GPU if there is one. */
    public static Engine load(Path modelPath) {
        return load(EngineOptions.builder(modelPath).build());
    }

    /**
     * Loads a model.
     *
     * @throws ConfigException if config.json, the tokenizer or an option does not fit
     * @throws io.gatun.runtime.weights.CheckpointException if the weights do not fit
     * @throws io.gatun.memory.OutOfMemoryException if the device is too small; the message says what would fit
     */
    public static Engine load(EngineOptions options) {
        return new Engine(options);
    }

    /**
     * Continues a text.
     *
     * @param prompt taken as it is, no chat template applied
     * @throws RequestException if the prompt is empty or too long, if {@code params} asks for several outputs, or if the calling thread is interrupted
     * @throws IllegalStateException if the engine is closed
     */
    public GenerationResult generate(String prompt, SamplingParams params) {
        requireOneOutput(params);
        return generate(GenerationRequest.of(prompt, params)).getFirst();
    }

    /** Continues texts, all at once. Returns their outputs in order, {@code n} for each. */
    public List<GenerationResult> generate(List<String> prompts, SamplingParams params) {
        return generateAll(prompts.stream().map(prompt -> GenerationRequest.of(prompt, params)).toList());
    }

    /** Continues token ids, all at once. */
    public List<GenerationResult> generateIds(List<int[]> prompts, SamplingParams params) {
        return generateAll(prompts.stream().map(prompt -> GenerationRequest.ofIds(prompt, params)).toList());
    }

    /** Runs a request and returns its {@code n} outputs. */
    public List<GenerationResult> generate(GenerationRequest request) {
        return generateAll(List.of(request));
    }

    /**
     * Runs requests, all at once. If one of them cannot be served none is run; if one fails the others are aborted.
     *
     * @return the outputs in order, {@code n} for each
     */
    public List<GenerationResult> generateAll(List<GenerationRequest> all) {
        return awaitAll(startAll(all), PendingRequest::results);
    }

    /** Runs a request without waiting. Cancelling the future aborts it. */
    public CompletableFuture<List<GenerationResult>> generateAsync(GenerationRequest request) {
        var future = new CompletableFuture<List<GenerationResult>>();
        var started = requests.prepare(request, false);
        started.whenEnded(() -> Thread.ofVirtual().name("gatun-async").start(() -> {
            try {
                future.complete(started.results());
            } catch (RuntimeException e) {
                future.completeExceptionally(e);
            }
        }));
        start(started);
        future.whenComplete((results, failure) -> abort(started, "its future was cancelled"));
        return future;
    }

    /** Runs a request and hands over its outputs as they come. */
    public GenerationStream stream(GenerationRequest request) {
        var started = requests.prepare(request, true);
        start(started);
        return new GenerationStream(this, started);
    }

    /** Continues a text and hands over the output as it comes. */
    public GenerationStream stream(String prompt, SamplingParams params) {
        return stream(GenerationRequest.of(prompt, params));
    }

    /** A publisher that runs the request for each subscriber, and gives it chunks as it asks for them. Cancelling the subscription aborts the request. */
    public Flow.Publisher<GenerationChunk> publish(GenerationRequest request) {
        return new GenerationPublisher(() -> stream(request));
    }

    /**
     * Answers the last message of a conversation.
     *
     * @throws RequestException if the model has no chat template, or as {@link #generate(String, SamplingParams)}
     * @throws io.gatun.runtime.chat.ChatTemplateException if the template refuses the conversation
     */
    public GenerationResult chat(ChatRequest conversation, SamplingParams params) {
        requireOneOutput(params);
        return generate(chatRequest(conversation, params)).getFirst();
    }

    /** Answers a conversation and hands over the answer as it comes. */
    public GenerationStream chatStream(ChatRequest conversation, SamplingParams params) {
        return stream(chatRequest(conversation, params));
    }

    /**
     * Answers a conversation, reasoning and tool calls told apart from the rest.
     *
     * @return the outputs, {@code n} of them
     * @throws RequestException as {@link #chat}
     */
    public List<ChatResult> answer(ChatRequest conversation, SamplingParams params) {
        return generate(chatRequest(conversation, params)).stream().map(ChatResult::of).toList();
    }

    /** Answers a conversation and hands over the answer as it comes, reasoning and tool calls told apart from the rest. */
    public ChatStream answerStream(ChatRequest conversation, SamplingParams params) {
        return new ChatStream(chatStream(conversation, params), AnswerReader::plain);
    }

    /**
     * A conversation as a request: rendered by the model's chat template and tokenized, no begin-of-sequence token added, since templates write it.
     *
     * @throws RequestException if the model has no chat template
     */
    public GenerationRequest chatRequest(ChatRequest conversation, SamplingParams params) {
        try {
            var found = ChatMedia.of(conversation.messages());
            return new GenerationRequest(new Prompt.Text(render(conversation.withMessages(found.messages()), found.media()), found.media(), false), params,
                    Optional.empty());
        } catch (MediaException e) {
            throw new RequestException(e.getMessage(), e);
        }
    }

    /** What the chat template makes of a conversation; where it leaves pictures out, one that the model brings. */
    private String render(ChatRequest conversation, List<Media> media) {
        var processor = runtime.runner().processor();
        var template = chatTemplate.or(() -> pictureTemplate).orElseThrow(() -> new RequestException("the model's folder has no chat template (chat_template.jinja, or "
                + "chat_template in tokenizer_config.json); give a prompt to generate instead"));
        String text = template.render(conversation);
        boolean takesPictures = media.isEmpty() || processor.flatMap(found -> found.placeholder(media.getFirst().modality())).map(text::contains).orElse(true);
        return takesPictures || pictureTemplate.isEmpty() ? text : pictureTemplate.get().render(conversation);
    }

    /**
     * Embeds texts, all at once (SGLang's encode): the last hidden states, after the model's last norm.
     *
     * @param normalize whether each embedding is scaled to length 1
     * @return for each text as many numbers as the model's hidden size
     * @throws RequestException as {@link #generate(String, SamplingParams)}
     */
    public List<float[]> encode(List<String> texts, Pooling pooling, boolean normalize) {
        return encodeAll(texts.stream().<Prompt>map(Prompt.Text::new).toList(), pooling, normalize);
    }

    /** Embeds token ids, all at once. */
    public List<float[]> encodeIds(List<int[]> prompts, Pooling pooling, boolean normalize) {
        return encodeAll(prompts.stream().<Prompt>map(Prompt.Ids::new).toList(), pooling, normalize);
    }

    /**
     * Scores texts, all at once, with a model that has a classification or reward head.
     *
     * @return for each text the raw score of each class
     * @throws RequestException if the model predicts tokens, or as {@link #generate(String, SamplingParams)}
     */
    public List<float[]> classify(List<String> texts) {
        return classifyAll(texts.stream().<Prompt>map(Prompt.Text::new).toList());
    }

    /** Scores token ids, all at once. */
    public List<float[]> classifyIds(List<int[]> prompts) {
        return classifyAll(prompts.stream().<Prompt>map(Prompt.Ids::new).toList());
    }

    /**
     * Aborts a request wherever it is; its outputs so far are its result.
     *
     * @param id exactly the request's id
     * @return whether there was such a request
     */
    public boolean abort(String id) {
        var request = Optional.ofNullable(pending.get(id));
        request.ifPresent(found -> abort(found, "it was aborted by id"));
        return request.isPresent();
    }

    /** Empties the prefix cache. Returns false, with nothing done, while requests run. */
    public boolean flushCache() {
        return loop.call(Scheduler::flushCache);
    }

    /** The defaults that the model's generation_config.json gives. */
    public SamplingParams defaultSamplingParams() {
        return generationConfig.defaults();
    }

    /** The model's tokenizer, where its folder has one. */
    public Optional<Tokenizer> tokenizer() {
        return tokenizer;
    }

    /** The model's chat template, where its folder has one. */
    public Optional<ChatTemplate> chatTemplate() {
        return chatTemplate;
    }

    /** What the model was made from. */
    public ModelConfig config() {
        return runtime.runner().config();
    }

    /** What loading took, and the memory that was given to what. */
    public LoadReport loadReport() {
        return runtime.runner().loadReport();
    }

    /** The longest sequence, in tokens. */
    public int contextLength() {
        return runtime.runner().contextLength();
    }

    /** Whether prompts may have pictures. */
    public boolean seesImages() {
        return runtime.runner().processor().isPresent();
    }

    /** How busy the engine is at the moment. */
    public EngineStats stats() {
        return loop.call(Scheduler::stats);
    }

    /** The device's memory by arena; all is given back by {@link #close()}. */
    public MemoryLedger memory() {
        return runtime.runner().device().ledger();
    }

    /** Aborts what runs and frees everything. */
    @Override
    public void close() {
        loop.close();
    }

    void abort(PendingRequest request, String why) {
        if (!request.hasEnded()) {
            try {
                loop.submit(scheduler -> request.reqs().forEach(req -> scheduler.abort(req, why)));
            } catch (IllegalStateException closed) {
                return;
            }
        }
    }

    /** Aborts the request of an interrupted caller. */
    RequestException interrupted(PendingRequest request) {
        abort(request, "its caller was interrupted");
        Thread.currentThread().interrupt();
        return new RequestException("interrupted; request " + request.id() + " was aborted");
    }

    private List<float[]> classifyAll(List<Prompt> prompts) {
        if (runtime.runner().numLabels().isEmpty()) {
            throw new RequestException(config().architecture() + " predicts tokens and has no classes; use generate or encode");
        }
        var started = prompts.stream().map(prompt -> requests.prepareEmbedding(prompt, Pooling.LAST)).toList();
        started.forEach(this::start);
        return awaitAll(started, request -> List.of(request.embedding()));
    }

    private List<float[]> encodeAll(List<Prompt> prompts, Pooling pooling, boolean normalize) {
        if (runtime.runner().numLabels().isPresent()) {
            throw new RequestException(config().architecture() + " scores sequences by classes; use classify");
        }
        var started = prompts.stream().map(prompt -> requests.prepareEmbedding(prompt, pooling)).toList();
        started.forEach(this::start);
        return awaitAll(started, request -> {
            float[] embedding = request.embedding();
            int tokens = request.reqs().getFirst().promptLen();
            scale(embedding, normalize ? 1 / Math.max(1e-12, norm(embedding)) : pooling == Pooling.MEAN ? 1.0 / tokens : 1);
            return List.of(embedding);
        });
    }

    /** Waits for requests; if one fails, or the caller is interrupted, the others are aborted. */
    private <T> List<T> awaitAll(List<PendingRequest> started, Function<PendingRequest, List<T>> results) {
        try {
            var all = new ArrayList<T>(started.size());
            for (var request : started) {
                request.await();
                all.addAll(results.apply(request));
            }
            return all;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException("interrupted; the request was aborted");
        } finally {
            started.forEach(request -> abort(request, "its caller was interrupted or another request of the call failed"));
        }
    }

    private static double norm(float[] x) {
        double sum = 0;
        for (float value : x) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum);
    }

    private static void scale(float[] x, double factor) {
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) (x[i] * factor);
        }
    }

    private List<PendingRequest> startAll(List<GenerationRequest> all) {
        var prepared = new ArrayList<PendingRequest>(all.size());
        for (int i = 0; i < all.size(); i++) {
            try {
                prepared.add(requests.prepare(all.get(i), false));
            } catch (RequestException e) {
                throw all.size() == 1 ? e : new RequestException("request " + i + " of " + all.size() + ": " + e.getMessage());
            }
        }
        prepared.forEach(this::start);
        return prepared;
    }

    private void start(PendingRequest request) {
        if (pending.putIfAbsent(request.id(), request) != null) {
            throw new RequestException("a request with the id '" + request.id() + "' is running already");
        }
        request.whenEnded(() -> pending.remove(request.id(), request));
        try {
            loop.submit(scheduler -> request.reqs().forEach(scheduler::add));
        } catch (IllegalStateException closed) {
            pending.remove(request.id());
            throw closed;
        }
    }

    private static void requireOneOutput(SamplingParams params) {
        if (params.n() != 1) {
            throw new RequestException("n is " + params.n() + ", but this call returns one output; give a GenerationRequest for several");
        }
    }

    private static void requireFits(Tokenizer tokenizer, Path modelPath, ModelConfig config) {
        if (tokenizer.idBound() > config.vocabSize()) {
            throw new ConfigException(modelPath.resolve("tokenizer.json") + " has ids up to " + (tokenizer.idBound() - 1) + ", but vocab_size in "
                    + config.json().source() + " is " + config.vocabSize() + "; they do not belong together");
        }
    }
}
