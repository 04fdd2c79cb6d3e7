package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.DeviceChoice;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.GenerationRequest.Prompt;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.multimodal.Media;
import io.gatun.runtime.multimodal.Modality;
import io.gatun.runtime.multimodal.Picture;
import io.gatun.runtime.multimodal.source.ImageSource;
import io.gatun.runtime.sampling.SamplingParams;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;

/** Pictures in an engine: what is shared, what is not, and what is refused. */
class VlmEngineTest {
    private static final String IMAGE = "<|vision_start|><|image_pad|><|vision_end|>";
    private static final VlmGolden GOLDEN = VlmGolden.named("qwen2vl-untied-f32");
    private static final int MIXES = 1000;
    private static final SamplingParams PARAMS = SamplingParams.builder().temperature(0).maxNewTokens(4).ignoreEos(true).build();

    @Test
    void aSecondQuestionOnAPictureComputesItsOwnWordsOnly() {
        try (var engine = Engine.load(options().pageSize(1).build())) {
            var first = engine.generate(request("the one " + IMAGE + " in", picture(1))).getFirst();
            var second = engine.generate(request("the one " + IMAGE + " at", picture(1))).getFirst();
            var other = engine.generate(request("the one " + IMAGE + " in", picture(2))).getFirst();
            int words = engine.tokenizer().orElseThrow().encode("the one <|vision_start|>").length;
            assertThat(first.cachedTokens()).isZero();
            assertThat(second.promptTokens() - second.cachedTokens()).isLessThanOrEqualTo(engine.tokenizer().orElseThrow().encode(" at").length);
            assertThat(other.cachedTokens()).as("another picture shares the words before it").isEqualTo(words);
        }
    }

    /** With so small a cache of embeddings and of prefixes that both are evicted all the time. */
    @Test
    void mixesOfPicturesGiveWhatEachGivesAlone() {
        var random = new Random(5);
        var pictures = IntStream.range(0, 12).mapToObj(VlmEngineTest::picture).toList();
        var texts = List.of(IMAGE + " the", "in " + IMAGE + " and " + IMAGE, IMAGE + IMAGE + " one", "on the " + IMAGE + " of " + IMAGE + " at");
        var requests = IntStream.range(0, MIXES).mapToObj(i -> {
            String text = texts.get(random.nextInt(texts.size()));
            int count = (text.length() - text.replace(IMAGE, "").length()) / IMAGE.length();
            return request(text, random.ints(count, 0, 12).mapToObj(pictures::get).toArray(Picture[]::new));
        }).toList();
        var alone = new HashMap<Prompt, int[]>();
        try (var engine = Engine.load(options().disableRadixCache(true).build())) {
            requests.forEach(request -> alone.computeIfAbsent(request.prompt(), prompt -> engine.generate(request).getFirst().outputIds()));
        }
        assertThat(alone.values().stream().map(Arrays::toString).distinct().count()).as("pictures matter").isGreaterThan(20);
        try (var engine = Engine.load(options().chunkedPrefillSize(16).maxTotalTokens(600).mmEmbeddingCacheBytes(96L * 32 * Float.BYTES * 2).build())) {
            var results = engine.generateAll(requests);
            for (int i = 0; i < MIXES; i++) {
                assertThat(results.get(i).outputIds()).as("mix %d", i).isEqualTo(alone.get(requests.get(i).prompt()));
            }
        }
    }

    @Test
    void badPicturesEndTheirOwnRequestOnly() {
        try (var engine = Engine.load(options().build())) {
            var running = engine.generateAsync(request(IMAGE + " the", picture(1)));
            assertRefused(engine, request("no place", picture(1)), "the prompt has 0 placeholders for an image, <|image_pad|>, and the request brings 1");
            assertRefused(engine, request(IMAGE + IMAGE, picture(1)), "has 2 placeholders").contains("brings 1");
            assertRefused(engine, GenerationRequest.of("say <|image_pad|>", PARAMS), "has 1 placeholders").contains("brings 0");
            assertRefused(engine, request(IMAGE, new ImageSource.Bytes(new byte[] {1, 2, 3})), "picture");
            assertRefused(engine, request(IMAGE, new ImageSource.Address("file:///etc/passwd")), "names a file of this machine");
            assertRefused(engine, request(IMAGE, new ImageSource.Address("https://example.com/a.png")), "not allowed here");
            assertRefused(engine, request(IMAGE, new ImageSource.Decoded(new Picture(1, 1000, new byte[3000]))), "");
            assertThat(running.join().getFirst().outputIds()).hasSize(4);
        }
    }

    @Test
    void aModelOfTextRefusesPicturesAndEmbeddingsWithoutRoom() {
        try (var engine = Engine.load(Checkpoints.onCpu(Golden.named("llama-mha-f32").folder()).maxTotalTokens(1024).build())) {
            assertRefused(engine, new GenerationRequest(new Prompt.Ids(new int[] {1}, List.of(Media.of(picture(1)))), PARAMS, Optional.empty()),
                    "LlamaForCausalLM reads text only");
            assertRefused(engine, new GenerationRequest(new Prompt.Embeddings(new float[engine.config().hiddenSize()]), PARAMS, Optional.empty()),
                    "--mm-embedding-cache-size");
        }
    }

    /** A picture's embeddings given by the caller do what the tower's do; zeros do not. */
    @Test
    void embeddingsOfTheCallersTakeThePlaceOfAPicture() {
        try (var engine = Engine.load(options().build())) {
            int tokens = engine.generate(request(IMAGE, picture(1))).getFirst().promptTokens() - 2;
            var values = new float[tokens * engine.config().hiddenSize()];
            var grid = List.of(1, 4, tokens);
            var given = new GenerationRequest(new Prompt.Text(IMAGE, List.of(new Media.Embeddings(Modality.IMAGE, values, grid)), true),
                    PARAMS, Optional.empty());
            assertThat(engine.generate(given).getFirst().promptTokens()).isEqualTo(tokens + 2);
            assertRefused(engine, new GenerationRequest(new Prompt.Embeddings(new float[7]), PARAMS, Optional.empty()), "embeddings of 7 numbers");
        }
    }

    /** As an application gives them that expands placeholders itself, and as a run that is compared with has them. */
    @Test
    void idsMayHaveEachPicturesTokensAlready() {
        var video = new Media.Video(List.of(new ImageSource.Decoded(picture(3)), new ImageSource.Decoded(picture(4))), 2);
        var media = List.of(video, Media.of(picture(1)), Media.of(picture(2)));
        String text = "the <|image_pad|><|image_pad|> and <|video_pad|>";
        try (var engine = Engine.load(options().build())) {
            var asText = engine.generate(GenerationRequest.of(text, media, PARAMS)).getFirst();
            int each = (asText.promptTokens() - engine.tokenizer().orElseThrow().encode(text).length + 3) / 3;
            int[] ids = engine.tokenizer().orElseThrow().encode(text.replace("<|image_pad|>", "<|image_pad|>".repeat(each)).replace("<|video_pad|>",
                    "<|video_pad|>".repeat(each)));
            assertThat(engine.generate(ofIds(ids, media)).getFirst().outputIds()).isEqualTo(asText.outputIds());
            assertThat(engine.generate(ofIds(ids, List.of(video, Media.of(picture(2)), Media.of(picture(1))))).getFirst().outputIds())
                    .as("the order of pictures").isNotEqualTo(asText.outputIds());
            assertRefused(engine, ofIds(ids, media.subList(0, 2)), "picture 2 takes " + each + " tokens, but its place in the prompt has 0");
            assertRefused(engine, ofIds(ids, media.subList(1, 3)), "the prompt has more tokens of pictures than its 2 pictures take");
            assertRefused(engine, ofIds(Arrays.copyOf(ids, ids.length - 1), media), "picture 3 takes " + each + " tokens, but its place in the prompt has "
                    + (each - 1));
            assertRefused(engine, ofIds(ids, List.of(media.get(1), media.get(1), media.get(1))), "picture 3 takes " + each
                    + " tokens, but its place in the prompt has 0");
        }
    }

    private static GenerationRequest ofIds(int[] ids, List<Media> media) {
        return new GenerationRequest(new Prompt.Ids(ids, media), PARAMS, Optional.empty());
    }

    private static AbstractStringAssert<?> assertRefused(Engine engine, GenerationRequest request, String message) {
        var messages = new ArrayList<String>();
        assertThatThrownBy(() -> engine.generate(request)).isInstanceOf(RequestException.class).satisfies(e -> messages.add(e.getMessage()));
        return assertThat(messages.getFirst()).contains(message);
    }

    private static GenerationRequest request(String text, Picture... pictures) {
        return request(text, IntStream.range(0, pictures.length).mapToObj(i -> new ImageSource.Decoded(pictures[i])).toArray(ImageSource[]::new));
    }

    private static GenerationRequest request(String text, ImageSource... sources) {
        return GenerationRequest.of(text, Arrays.stream(sources).<Media>map(Media.Image::new).toList(), PARAMS);
    }

    private static Picture picture(int seed) {
        var rgb = new byte[3 * 56 * 56];
        new Random(seed).nextBytes(rgb);
        return new Picture(56, 56, rgb);
    }

    private static EngineOptions.Builder options() {
        return EngineOptions.builder(GOLDEN.folder()).device(DeviceChoice.CPU).contextLength(512).maxTotalTokens(8192);
    }
}
