package io.gatun.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.runtime.multimodal.Media;
import io.gatun.runtime.sampling.SamplingParams;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gatun generate}. */
@Command(name = "generate", description = "Continue prompts.", mixinStandardHelpOptions = true,
        footer = {"", "Examples:", "  gatun generate \"The capital of France is\"", "  echo \"12 + 30 =\" | gatun generate --max-new-tokens 8",
            "  gatun generate --temperature 0.8 --top-p 0.9 --seed 7 \"Once upon a time\"",
            "  gatun generate --model-path ./llama --json \"Hello, my name is\" \"The future of AI is\""})
final class GenerateCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Mixin
    private SamplingOptions sampling;

    @Parameters(paramLabel = "PROMPT", description = "Texts to continue; standard input where there is none.")
    private List<String> prompts = List.of();

    @Option(names = "--image", paramLabel = "PATH", description = "A picture for the prompt, which holds the model's placeholder; may be given several times.")
    private List<Path> images = List.of();

    @Option(names = "--json", description = "Print one JSON object a prompt.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        sampling.over(SamplingParams.builder().build());
        var texts = prompts.isEmpty() ? List.of(new String(System.in.readAllBytes(), StandardCharsets.UTF_8).stripTrailing()) : prompts;
        if (!images.isEmpty() && texts.size() > 1) {
            throw new UsageException("--image belongs to one prompt, but there are " + texts.size());
        }
        try (var progress = new ProgressBar(); var engine = Engine.load(model.toEngineOptions(progress))) {
            progress.clear();
            var params = sampling.over(engine.defaultSamplingParams());
            var media = images.stream().map(Media::of).toList();
            if (texts.size() == 1 && !json) {
                stream(engine, GenerationRequest.of(texts.getFirst(), media, params));
                return 0;
            }
            var results = engine.generateAll(texts.stream().map(text -> GenerationRequest.of(text, media, params)).toList());
            for (int i = 0; i < texts.size(); i++) {
                print(texts.get(i), results.get(i));
            }
        }
        return 0;
    }

    private static void stream(Engine engine, GenerationRequest request) {
        try (var stream = engine.stream(request)) {
            stream.forEachRemaining(chunk -> {
                System.out.print(chunk.text());
                System.out.flush();
            });
            System.out.println();
        }
    }

    private void print(String prompt, GenerationResult result) throws IOException {
        if (json) {
            var mapper = new ObjectMapper();
            var node = mapper.createObjectNode().put("prompt", prompt).put("text", result.text());
            node.set("output_ids", mapper.valueToTree(result.outputIds()));
            System.out.println(mapper.writeValueAsString(node.put("finish_reason", result.finishReason().type()).put("prompt_tokens", result.promptTokens())
                    .put("completion_tokens", result.completionTokens()).put("cached_tokens", result.cachedTokens())));
        } else {
            System.out.println(prompt + result.text());
        }
    }
}
