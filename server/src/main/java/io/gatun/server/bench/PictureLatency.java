package io.gatun.server.bench;

import static io.gatun.server.bench.LatencyTest.median;
import static io.gatun.server.bench.LatencyTest.seconds;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.engine.StaticBatch;
import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.multimodal.ExpandedPrompt;
import io.gatun.runtime.multimodal.Media;
import io.gatun.runtime.multimodal.MediaContent;
import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.MediaInput;
import io.gatun.runtime.multimodal.Modality;
import io.gatun.runtime.multimodal.MultimodalProcessor;
import io.gatun.runtime.multimodal.PromptExpander;
import io.gatun.runtime.multimodal.decode.PictureLimits;
import io.gatun.runtime.multimodal.image.PixelSize;
import io.gatun.runtime.multimodal.source.ImageLoader;
import io.gatun.runtime.multimodal.source.ImageSource;
import io.gatun.server.UsageException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** What a picture of noise costs before the first token: in the processor, in the tower and altogether. */
final class PictureLatency {
    private static final int REPETITIONS = 5;
    private static final int SEED = 1;

    private final ModelRunner runner;
    private final MultimodalProcessor processor;
    private final PromptExpander expander;
    private final PixelSize size;
    private final Media picture;
    private final int tokens;

    /**
     * Medians, in seconds.
     *
     * @param size of the picture
     * @param tokens that it takes in the prompt
     * @param processor from a PNG file to pixel values and the prompt with its place: on the host
     * @param tower from pixel values on the device to embeddings
     * @param firstToken from pixel values on the device and token ids to the first new id on the host
     * @param firstTokenOfFile the same from the file, with all that the host does
     * @param firstTokenCached of another question after the same picture, whose keys and values are cached
     */
    record Figures(PixelSize size, int tokens, double processor, double tower, double firstToken, double firstTokenOfFile, double firstTokenCached) {
        void print(PrintStream out) {
            out.printf(Locale.ROOT, "Picture. %s pixels, %d tokens%n", size, tokens);
            out.printf(Locale.ROOT, "Picture. processor: %6.5f s on the host, tower: %6.5f s%n", processor, tower);
            out.printf(Locale.ROOT, "Picture. first token: %6.5f s from pixel values on the device, %6.5f s from a PNG file, %6.5f s after it is cached%n",
                    firstToken, firstTokenOfFile, firstTokenCached);
        }

        void put(ObjectNode node) {
            node.put("image_size", size.width() + "x" + size.height()).put("image_tokens", tokens).put("processor_latency_s", processor)
                    .put("tower_latency_s", tower).put("ttft_s", firstToken).put("ttft_from_file_s", firstTokenOfFile)
                    .put("ttft_cached_s", firstTokenCached);
        }
    }

    private PictureLatency(ModelRunner runner, MultimodalProcessor processor, PixelSize size, byte[] file) {
        this.runner = runner;
        this.processor = processor;
        this.size = size;
        var source = new ImageSource.Bytes(file);
        var loader = ImageLoader.offline(PictureLimits.DEFAULT);
        expander = runner.expander(loader);
        picture = new Media.Image(source);
        tokens = processor.process(List.of(new MediaInput.Image(loader.load(source)))).getFirst().tokens();
    }

    /**
     * For one size of pictures.
     *
     * @throws UsageException if the model takes no pictures
     * @throws RequestException if it takes none of that size
     */
    static PictureLatency of(ModelRunner runner, PixelSize size) {
        var processor = runner.processor().filter(found -> found.placeholder(Modality.IMAGE).isPresent())
                .orElseThrow(() -> new UsageException("--image-size is " + size + ", but " + runner.config().architecture() + " takes no pictures"));
        try {
            return new PictureLatency(runner, processor, size, NoisePicture.png(size, SEED));
        } catch (MediaException e) {
            throw new RequestException("--image-size is " + size + ": " + e.getMessage(), e);
        }
    }

    /** Whether an id stands for no picture. */
    boolean isText(int id) {
        return Arrays.stream(Modality.values()).noneMatch(modality -> processor.placeholder(modality).isPresent() && processor.tokenId(modality) == id);
    }

    /**
     * The picture and after it some text.
     *
     * @throws RequestException if the engine has no room for the picture
     */
    ExpandedPrompt prompt(int[] text) {
        int[] place = new int[tokens];
        Arrays.fill(place, processor.tokenId(Modality.IMAGE));
        try {
            return expander.expandIds(IntStream.concat(Arrays.stream(place), Arrays.stream(text)).toArray(), List.of(picture), ofOne -> place);
        } catch (MediaException e) {
            throw new RequestException("--image-size is " + size + ": " + e.getMessage(), e);
        }
    }

    /** The picture's times with one text. */
    Figures measure(int[] text) {
        var prompt = prompt(text);
        var item = prompt.media().orElseThrow().items().getFirst();
        var feature = ((MediaContent.Pixels) item.content()).feature();
        double[][] times = new double[5][REPETITIONS];
        try (var memory = runner.device().arena("pixels", 0)) {
            var pixels = memory.allocate(runner.kernels().activationType(runner.dtype()), feature.rows(), feature.cols());
            runner.device().copyIn(item.content().numbers(), pixels);
            for (int i = 0; i < REPETITIONS; i++) {
                times[0][i] = seconds(() -> prompt(text));
                times[1][i] = anew(() -> {
                    runner.embed(item.key(), feature, pixels);
                    runner.device().synchronize();
                });
                times[2][i] = anew(() -> {
                    runner.embed(item.key(), feature, pixels);
                    firstToken(prompt);
                });
                times[3][i] = anew(() -> firstToken(prompt(text)));
                times[4][i] = afterPicture(prompt);
            }
        }
        double[] medians = Arrays.stream(times).mapToDouble(LatencyTest::median).toArray();
        return new Figures(size, tokens, medians[0], medians[1], medians[2], medians[3], medians[4]);
    }

    /** The time of what embeds the picture, without what is left of an earlier time. */
    private double anew(Runnable step) {
        runner.forgetMedia();
        runner.device().synchronize();
        return seconds(step);
    }

    private void firstToken(ExpandedPrompt prompt) {
        try (var batch = StaticBatch.ofExpanded(runner, List.of(prompt), 1)) {
            batch.prefill(runner.maxStepTokens());
        }
    }

    /** The time of what follows the picture's whole pages, as a prefix cache keeps them. */
    private double afterPicture(ExpandedPrompt prompt) {
        int pageSize = runner.kvPool().pageSize();
        try (var batch = StaticBatch.ofExpanded(runner, List.of(prompt), 1)) {
            if (tokens >= pageSize) {
                batch.extend(new int[] {tokens / pageSize * pageSize});
            }
            runner.device().synchronize();
            return seconds(() -> batch.prefill(runner.maxStepTokens()));
        }
    }
}
