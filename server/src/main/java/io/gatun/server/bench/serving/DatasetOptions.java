package io.gatun.server.bench.serving;

import io.gatun.runtime.multimodal.image.PixelSize;
import io.gatun.runtime.tokenizer.Tokenizer;
import io.gatun.server.UsageException;
import io.gatun.server.bench.NoisePicture;
import io.gatun.server.bench.Workload;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** What is sent. */
final class DatasetOptions {
    private static final String RANDOM = "random";
    private static final String SHARE_GPT = "sharegpt";
    private static final String SHARED_PREFIX = "generated-shared-prefix";
    private static final String IMAGE = "image";

    @Option(names = "--dataset-name", defaultValue = RANDOM, paramLabel = "NAME",
            description = "random, sharegpt, generated-shared-prefix or image (random, with pictures of noise). Default: ${DEFAULT-VALUE}.")
    private String name;

    @Option(names = "--dataset-path", paramLabel = "FILE", description = "The conversations of sharegpt; nothing is downloaded.")
    private Optional<Path> path = Optional.empty();

    @Option(names = "--num-prompts", defaultValue = "1000", paramLabel = "N",
            description = "Requests, but for generated-shared-prefix. Default: ${DEFAULT-VALUE}.")
    private int numPrompts;

    @Option(names = "--random-input-len", defaultValue = "1024", paramLabel = "N", description = "Tokens of a prompt, at most. Default: ${DEFAULT-VALUE}.")
    private int inputLen;

    @Option(names = "--random-output-len", defaultValue = "1024", paramLabel = "N", description = "New tokens, at most. Default: ${DEFAULT-VALUE}.")
    private int outputLen;

    @Option(names = "--random-range-ratio", defaultValue = "0.0", paramLabel = "F",
            description = "Lengths are drawn from this share of the length up to all of it. Default: ${DEFAULT-VALUE}.")
    private double rangeRatio;

    @Option(names = "--sharegpt-output-len", paramLabel = "N", description = "New tokens. Default: as many as the answer in the file has.")
    private Optional<Integer> shareGptOutputLen = Optional.empty();

    @Option(names = "--sharegpt-context-len", paramLabel = "N", description = "Leave out longer conversations.")
    private Optional<Integer> shareGptContextLen = Optional.empty();

    @Option(names = "--gsp-num-groups", defaultValue = "64", paramLabel = "N", description = "Groups that share a prefix. Default: ${DEFAULT-VALUE}.")
    private int groups;

    @Option(names = "--gsp-prompts-per-group", defaultValue = "16", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    private int promptsPerGroup;

    @Option(names = "--gsp-system-prompt-len", defaultValue = "2048", paramLabel = "N", description = "Tokens of a shared prefix. Default: ${DEFAULT-VALUE}.")
    private int prefixLen;

    @Option(names = "--gsp-question-len", defaultValue = "128", paramLabel = "N", description = "Tokens after it. Default: ${DEFAULT-VALUE}.")
    private int questionLen;

    @Option(names = "--gsp-output-len", defaultValue = "256", paramLabel = "N", description = "New tokens. Default: ${DEFAULT-VALUE}.")
    private int sharedOutputLen;

    @Option(names = "--image-count", defaultValue = "1", paramLabel = "N", description = "Pictures of a request. Default: ${DEFAULT-VALUE}.")
    private int imageCount;

    @Option(names = "--image-resolution", defaultValue = "1080p", paramLabel = "SIZE", converter = PictureSize.class,
            description = "WIDTHxHEIGHT, or 4k, 1080p, 720p, 360p. Default: ${DEFAULT-VALUE}.")
    private PixelSize resolution;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N", description = "Of prompts and arrivals. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--tokenizer", paramLabel = "DIR", description = "Folder with the server's tokenizer.json: prompts get exact lengths, and outputs "
            + "are counted where the server does not. Default: prompts of common words; 4 characters count as a token where the server does not count.")
    private Optional<Path> tokenizerPath = Optional.empty();

    @Option(names = "--tokenize-prompt", description = "Send token ids, not text (sglang and openai).")
    private boolean tokenizePrompt;

    String name() {
        return name;
    }

    long seed() {
        return seed;
    }

    Optional<Tokenizer> tokenizer() {
        return tokenizerPath.map(Tokenizer::fromDirectory);
    }

    /** The workload. */
    List<ServingRequest> requests(Optional<Tokenizer> tokenizer) {
        requireAtLeastOne(Map.of("--num-prompts", numPrompts, "--random-input-len", inputLen, "--random-output-len", outputLen, "--gsp-num-groups", groups,
                "--gsp-prompts-per-group", promptsPerGroup, "--gsp-system-prompt-len", prefixLen, "--gsp-question-len", questionLen, "--gsp-output-len",
                sharedOutputLen, "--image-count", imageCount));
        shareGptOutputLen.ifPresent(len -> requireAtLeastOne(Map.of("--sharegpt-output-len", len)));
        var prompts = new Prompts(tokenizer, tokenizePrompt);
        return switch (name) {
            case RANDOM -> random(prompts).stream().map(item -> prompts.request(item, List.of())).toList();
            case SHARED_PREFIX -> Workload.sharedPrefix(groups, promptsPerGroup, prefixLen, questionLen, sharedOutputLen, prompts.vocabSize(), seed).requests()
                    .stream().map(item -> prompts.request(item, List.of())).toList();
            case SHARE_GPT -> shareGpt().requests(numPrompts, new TokenCounter(tokenizer), seed);
            case IMAGE -> withPictures(prompts);
            default -> throw new UsageException("--dataset-name is '" + name + "'; it must be " + String.join(", ", RANDOM, SHARE_GPT, SHARED_PREFIX) + " or "
                    + IMAGE);
        };
    }

    private List<Workload.Item> random(Prompts prompts) {
        return Workload.random(numPrompts, inputLen, outputLen, rangeRatio, prompts.vocabSize(), seed).requests();
    }

    private ShareGpt shareGpt() {
        if (tokenizePrompt) {
            throw new UsageException("--tokenize-prompt does not go with --dataset-name sharegpt, which has texts");
        }
        return new ShareGpt(path.orElseThrow(() -> new UsageException("--dataset-name sharegpt needs --dataset-path, the file of conversations")),
                optional(shareGptOutputLen), optional(shareGptContextLen));
    }

    /** Pictures are made before the run, each another one, so that neither making them nor a cache of the server's counts. */
    private List<ServingRequest> withPictures(Prompts prompts) {
        long bytes = (long) numPrompts * imageCount * resolution.width() * resolution.height() * 3 * 4 / 3;
        long room = Runtime.getRuntime().maxMemory() / 2;
        if (bytes > room) {
            throw new UsageException("the pictures of " + numPrompts + " requests take " + (bytes >> 20) + " MiB, and there is room for " + (room >> 20)
                    + "; take fewer --num-prompts or a smaller --image-resolution, or give the JVM more memory by JAVA_TOOL_OPTIONS=-Xmx…");
        }
        var items = random(prompts);
        var requests = new ArrayList<ServingRequest>(items.size());
        for (int i = 0; i < items.size(); i++) {
            var images = new ArrayList<String>(imageCount);
            for (int k = 0; k < imageCount; k++) {
                images.add("data:image/png;base64," + Base64.getEncoder().encodeToString(NoisePicture.png(resolution, seed + (long) i * imageCount + k)));
            }
            requests.add(prompts.request(items.get(i), images));
        }
        return requests;
    }

    private static void requireAtLeastOne(Map<String, Integer> values) {
        values.forEach((option, value) -> {
            if (value < 1) {
                throw new UsageException(option + " is " + value + "; it must be at least 1");
            }
        });
    }

    private static OptionalInt optional(Optional<Integer> value) {
        return value.map(OptionalInt::of).orElseGet(OptionalInt::empty);
    }
}
