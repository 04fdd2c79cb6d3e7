package io.gatun.server.bench;

import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.multimodal.decode.PictureLimits;
import io.gatun.runtime.multimodal.source.ImageLoader;
import io.gatun.server.ModelOptions;
import io.gatun.server.ProgressBar;
import io.gatun.server.PromptOptions.Prompt;
import io.gatun.server.UsageException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gatun compare}. */
@Command(name = "compare", mixinStandardHelpOptions = true,
        description = "Set a run beside a reference that scripts/playground/reference_hf.py made: prefill logits, top 5, greedy ids.",
        footer = {"", "Examples:", "  python3 scripts/playground/reference_hf.py --model-path ./llama --json hf.json",
            "  gatun compare hf.json --model-path ./llama", "  gatun compare hf.json --run run.json --max-delta 0.001"})
public final class CompareCommand implements Callable<Integer> {
    private static final int CUT_LEN = 4;

    @Parameters(paramLabel = "REFERENCE", description = "The reference's JSON file.")
    private Path reference;

    @Mixin
    private ModelOptions model;

    @Option(names = "--run", paramLabel = "FILE", description = "A run of bench-one-batch --correct --json. Default: run the model now.")
    private Path run;

    @Option(names = "--max-delta", paramLabel = "D", description = "Fail (exit code 1) if a logit differs by more, or the greedy ids differ.")
    private Float maxDelta;

    @Override
    public Integer call() {
        var expected = RunFile.read(reference);
        var actual = run != null ? RunFile.read(run) : runNow(expected);
        if (expected.prompts().size() != actual.prompts().size()) {
            throw new UsageException(reference + " has " + expected.prompts().size() + " prompts, the run has " + actual.prompts().size());
        }
        System.out.printf("reference: %s %s on %s%nrun:       %s %s on %s%n%n", expected.model(), expected.dtype(), expected.device(), actual.model(),
                actual.dtype(), actual.device());
        System.out.println("prompt  tokens  max |dlogit|  top-5 overlap  greedy ids");
        float worst = 0;
        boolean sameIds = true;
        for (int i = 0; i < expected.prompts().size(); i++) {
            var difference = Comparison.of(i, expected.prompts().get(i), actual.prompts().get(i));
            System.out.printf(Locale.ROOT, "%6d  %6d  %12.3e  %11d/5  %s%n", i, expected.prompts().get(i).inputIds().length, difference.maxDelta(),
                    difference.topOverlap(), difference.firstDifferent().isPresent()
                            ? "differ from new token " + difference.firstDifferent().getAsInt() : "the same " + difference.comparedIds());
            worst = Math.max(worst, difference.maxDelta());
            sameIds &= difference.firstDifferent().isEmpty();
        }
        System.out.printf(Locale.ROOT, "%nmax |dlogit| %.3e, greedy ids %s%n", worst, sameIds ? "the same" : "differ");
        return maxDelta != null && (!(worst <= maxDelta) || !sameIds) ? 1 : 0;
    }

    private RunFile runNow(RunFile expected) {
        var prompts = expected.prompts().stream().map(p -> Prompt.ofIds(p.inputIds(), p.images().stream().map(Path::of).toList())).toList();
        int outputLen = expected.prompts().stream().mapToInt(p -> p.outputIds().length).max().orElseThrow();
        try (var progress = new ProgressBar(); var runner = ModelRunner.load(model.toEngineOptions(progress))) {
            progress.clear();
            var expander = runner.expander(ImageLoader.offline(PictureLimits.DEFAULT));
            var expanded = prompts.stream().map(prompt -> prompt.expand(expander, Optional.empty())).toList();
            return new CorrectnessTest(runner, Optional.empty(), new PrintStream(OutputStream.nullOutputStream())).run(prompts, expanded, CUT_LEN, outputLen);
        }
    }

}
