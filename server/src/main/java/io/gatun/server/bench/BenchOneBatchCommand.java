package io.gatun.server.bench;

import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.multimodal.decode.PictureLimits;
import io.gatun.runtime.multimodal.image.PixelSize;
import io.gatun.runtime.multimodal.source.ImageLoader;
import io.gatun.runtime.tokenizer.Tokenizer;
import io.gatun.server.ModelOptions;
import io.gatun.server.ProgressBar;
import io.gatun.server.PromptOptions;
import io.gatun.server.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code gatun bench-one-batch}: one static batch through the model runner, without a scheduler. */
@Command(name = "bench-one-batch", mixinStandardHelpOptions = true,
        description = "Run one static batch: for correctness (--correct), or for latency.",
        footer = {"", "Examples:", "  gatun bench-one-batch --correct", "  gatun bench-one-batch --correct --model-path ./llama --json run.json",
            "  gatun bench-one-batch --correct --model-path ./qwen2-vl --image cat.jpg --dump-pixel-values pixels.safetensors",
            "  gatun bench-one-batch --model-path ./llama --load-format dummy --batch-size 1,8 --input-len 1024 --output-len 64",
            "  gatun bench-one-batch --model-path ./qwen2-vl --load-format dummy --image-size 1036x1036 --input-len 32"})
public final class BenchOneBatchCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Mixin
    private PromptOptions prompts;

    @Option(names = {"--correct", "--correctness-test"}, description = "Print logits and greedy texts instead of latencies.")
    private boolean correct;

    @Option(names = "--batch-size", split = ",", defaultValue = "1", paramLabel = "N", description = "Prompts at once. Default: ${DEFAULT-VALUE}.")
    private List<Integer> batchSizes;

    @Option(names = "--input-len", split = ",", defaultValue = "1024", paramLabel = "N", description = "Tokens of a prompt. Default: ${DEFAULT-VALUE}.")
    private List<Integer> inputLens;

    @Option(names = "--output-len", split = ",", defaultValue = "16", paramLabel = "N", description = "New tokens. Default: ${DEFAULT-VALUE}.")
    private List<Integer> outputLens;

    @Option(names = "--image-size", paramLabel = "WxH", converter = ImageSize.class,
            description = "Put a picture of noise of so many pixels before the tokens of each prompt, and tell its times, too.")
    private Optional<PixelSize> imageSize = Optional.empty();

    @Option(names = "--cut-len", defaultValue = "4", paramLabel = "N",
            description = "With --correct, tokens that go first, as the prefix of the rest. Default: ${DEFAULT-VALUE}.")
    private int cutLen;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the results: with --correct one object, else one object a line and combination.")
    private Path json;

    @Option(names = "--dump-pixel-values", paramLabel = "FILE.safetensors", description = "With --correct, write what the processor makes of pictures.")
    private Path pixelValues;

    @Override
    public Integer call() throws IOException {
        requirePositive("--batch-size", batchSizes);
        requirePositive("--input-len", inputLens);
        requirePositive("--output-len", outputLens);
        requirePositive("--cut-len", List.of(cutLen));
        if (correct && outputLens.size() > 1) {
            throw new UsageException("--output-len has " + outputLens.size() + " values; --correct takes one");
        }
        if (correct && imageSize.isPresent()) {
            throw new UsageException("--image-size and --correct are both given; name the pictures to be described with --image");
        }
        if (json != null) {
            begin(json);
        }
        try (var progress = new ProgressBar(); var runner = ModelRunner.load(model.toEngineOptions(progress))) {
            progress.clear();
            System.err.println("gatun: loaded " + model.modelPath() + " " + runner.loadReport());
            if (correct) {
                runCorrectness(runner);
            } else {
                new LatencyTest(runner, imageSize.map(size -> PictureLatency.of(runner, size)), System.out, Optional.ofNullable(json)).run(batchSizes, inputLens, outputLens);
            }
        }
        return 0;
    }

    private void runCorrectness(ModelRunner runner) throws IOException {
        Optional<Tokenizer> tokenizer = Files.exists(model.modelPath().resolve("tokenizer.json"))
                ? Optional.of(Tokenizer.fromDirectory(model.modelPath())) : Optional.empty();
        var given = prompts.read(runner, model.modelPath());
        var expander = runner.expander(ImageLoader.offline(PictureLimits.DEFAULT));
        var expanded = given.stream().map(prompt -> prompt.expand(expander, tokenizer)).toList();
        if (pixelValues != null) {
            PixelValues.write(pixelValues, expanded);
        }
        var run = new CorrectnessTest(runner, tokenizer, System.out).run(given, expanded, cutLen, outputLens.getFirst());
        if (json != null) {
            run.write(json);
        }
    }

    /** Empties the file, so that one that cannot be written is known before the run and not after it. */
    private static void begin(Path json) throws IOException {
        var folder = json.toAbsolutePath().getParent();
        if (!Files.isDirectory(folder) || Files.isDirectory(json)) {
            throw new UsageException("--json " + json + " cannot be written: " + (Files.isDirectory(json) ? "it is a folder" : folder + " is no folder"));
        }
        Files.writeString(json, "");
    }

    private static void requirePositive(String option, List<Integer> values) {
        for (int value : values) {
            if (value < 1) {
                throw new UsageException(option + " is " + value + "; it must be at least 1");
            }
        }
    }
}
