package io.gatun.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.GenerationResult;
import io.gatun.runtime.sampling.SamplingParams;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gatun generate}. */
@Command(name = "generate", description = "Continue prompts, greedily.", mixinStandardHelpOptions = true,
        footer = {"", "Examples:", "  gatun generate \"The capital of France is\"", "  echo \"12 + 30 =\" | gatun generate --max-new-tokens 8",
            "  gatun generate --model-path ./llama --json \"Hello, my name is\" \"The future of AI is\""})
final class GenerateCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Parameters(paramLabel = "PROMPT", description = "Texts to continue; standard input where there is none.")
    private List<String> prompts = List.of();

    @Option(names = "--max-new-tokens", defaultValue = "128", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.")
    private int maxNewTokens;

    @Option(names = "--ignore-eos", description = "Go on after an end-of-sequence token.")
    private boolean ignoreEos;

    @Option(names = "--json", description = "Print one JSON object a prompt.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (maxNewTokens < 1) {
            throw new UsageException("--max-new-tokens is " + maxNewTokens + "; it must be at least 1");
        }
        var texts = prompts.isEmpty() ? List.of(new String(System.in.readAllBytes(), StandardCharsets.UTF_8).stripTrailing()) : prompts;
        try (var progress = new ProgressBar(); var engine = Engine.load(model.toEngineOptions(progress))) {
            progress.clear();
            var params = SamplingParams.builder().maxNewTokens(maxNewTokens).temperature(0).ignoreEos(ignoreEos).build();
            var results = engine.generate(texts, params);
            for (int i = 0; i < texts.size(); i++) {
                print(texts.get(i), results.get(i), texts.size() > 1);
            }
        }
        return 0;
    }

    private void print(String prompt, GenerationResult result, boolean several) throws IOException {
        if (json) {
            var mapper = new ObjectMapper();
            var node = mapper.createObjectNode().put("prompt", prompt).put("text", result.text());
            node.set("output_ids", mapper.valueToTree(result.outputIds()));
            System.out.println(mapper.writeValueAsString(node.put("finish_reason", result.finishReason().name().toLowerCase(Locale.ROOT))
                    .put("prompt_tokens", result.promptTokens()).put("completion_tokens", result.outputIds().length)));
        } else {
            System.out.println((several ? prompt : "") + result.text());
        }
    }
}
