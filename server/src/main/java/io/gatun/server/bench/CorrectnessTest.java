package io.gatun.server.bench;

import io.gatun.runtime.engine.StaticBatch;
import io.gatun.runtime.layers.LogitsOutput;
import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.multimodal.ExpandedPrompt;
import io.gatun.runtime.tokenizer.Tokenizer;
import io.gatun.server.PromptOptions.Prompt;
import io.gatun.server.bench.RunFile.PromptRun;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * SGLang's correctness test: prefill the first few tokens of each prompt, prefill the rest with those as cached prefix, decode greedily; and print what
 * SGLang prints.
 */
final class CorrectnessTest {
    private final ModelRunner runner;
    private final Optional<Tokenizer> tokenizer;
    private final PrintStream out;

    CorrectnessTest(ModelRunner runner, Optional<Tokenizer> tokenizer, PrintStream out) {
        this.runner = runner;
        this.tokenizer = tokenizer;
        this.out = out;
    }

    /**
     * Runs the test.
     *
     * @param expanded the same as the model reads them
     * @param cutLen tokens that go first; of a prompt that is no longer, all but the last
     * @param outputLen new tokens of each prompt, past any end of sequence
     */
    RunFile run(List<Prompt> prompts, List<ExpandedPrompt> expanded, int cutLen, int outputLen) {
        var inputIds = expanded.stream().map(ExpandedPrompt::ids).toList();
        out.println("max_total_num_tokens=" + runner.kvPool().maxTotalTokens());
        out.println("\ninput_ids=" + inputIds.stream().map(Arrays::toString).collect(Collectors.joining(", ", "[", "]")) + "\n");
        try (var batch = StaticBatch.ofExpanded(runner, expanded, outputLen)) {
            int[] first = inputIds.stream().mapToInt(ids -> Math.min(cutLen, ids.length - 1)).toArray();
            if (Arrays.stream(first).anyMatch(count -> count > 0)) {
                print("first half", batch.extend(first));
            }
            var logits = batch.extend(IntStream.range(0, batch.size()).map(batch::unprefilled).toArray());
            print("final", logits);
            float[] prefillLogits = logits.nextTokenLogits().toFloats();
            batch.appendArgmax(logits);
            var all = IntStream.range(0, batch.size()).boxed().toList();
            for (int step = 1; step < outputLen; step++) {
                batch.decode(all);
            }
            return results(prompts, expanded, batch, prefillLogits);
        }
    }

    private RunFile results(List<Prompt> prompts, List<ExpandedPrompt> expanded, StaticBatch batch, float[] prefillLogits) {
        int vocab = runner.config().vocabSize();
        var runs = new ArrayList<PromptRun>();
        for (int i = 0; i < prompts.size(); i++) {
            int[] inputIds = expanded.get(i).ids();
            int[] outputIds = batch.outputIds(i);
            out.println("========== Prompt " + i + " ==========");
            out.println(text(concat(inputIds, outputIds)).orElseGet(() -> Arrays.toString(concat(inputIds, outputIds))) + " \n");
            runs.add(new PromptRun(prompts.get(i).text().or(() -> text(inputIds)), inputIds, Arrays.copyOfRange(prefillLogits, i * vocab, (i + 1) * vocab),
                    outputIds, text(outputIds), prompts.get(i).images().stream().map(Path::toString).toList(), grids(expanded.get(i))));
        }
        return new RunFile(Path.of(runner.config().json().source()).getParent().toString(), runner.device().name(), runner.dtype().torchName(), runs);
    }

    private static List<int[]> grids(ExpandedPrompt prompt) {
        return prompt.media().map(media -> media.items().stream().map(item -> item.span().grid()).toList()).orElse(List.of());
    }

    private Optional<String> text(int[] ids) {
        return tokenizer.map(t -> t.decode(ids, false));
    }

    private void print(String which, LogitsOutput logits) {
        var rows = logits.nextTokenLogits();
        out.println("prefill logits (" + which + "): " + TorchRepr.matrix(rows.toFloats(), rows.cols(), runner.device().name()) + " \n");
    }

    private static int[] concat(int[] a, int[] b) {
        return IntStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
    }
}
