package io.gatun.server.eval;

import io.gatun.runtime.engine.Engine;
import io.gatun.server.ModelOptions;
import io.gatun.server.ProgressBar;
import io.gatun.server.UsageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gatun eval}. */
@Command(name = "eval", mixinStandardHelpOptions = true, sortOptions = false,
        description = {"Score a model on a published set of questions: gsm8k, mmlu, mmlu-continuation or mmmu.", "",
            "gsm8k: a JSON Lines, CSV or parquet file with the columns question and answer, such as GSM8K's test.jsonl. The last number of the output counts.",
            "mmlu: a folder with test/SUBJECT_test.csv and dev/SUBJECT_dev.csv, or with test*.parquet and dev*.parquet, or one such file. The output's first "
                + "letter counts.",
            "mmlu-continuation: the same data; the choice counts whose text is the likeliest answer.",
            "mmmu: a folder with SUBJECT/validation*.parquet, such as a copy of MMMU/MMMU of Hugging Face's hub, for a model that sees. "
                + "Always put as chats, and graded by MMMU's own rules, but that an output which names no option is wrong, where MMMU draws one by lot.", ""},
        footer = {"", "Examples:", "  gatun eval gsm8k --data models/samples/eval/gsm8k_synthetic.jsonl --apply-chat-template",
            "  gatun eval mmlu-continuation --data models/samples/eval/mmlu_synthetic --apply-chat-template",
            "  gatun eval mmmu --data models/samples/eval/mmmu --model-path models/samples/qwen2vl --subject Counting Places",
            "  gatun eval gsm8k --data test.jsonl --model-path ./llama --num-questions 1319 --json gatun.json",
            "  gatun eval mmlu --data mmlu/data --model-path ./llama --num-shots 5",
            "  python3 scripts/eval_hf.py gsm8k --data test.jsonl --model-path ./llama --json hf.json --compare gatun.json"})
public final class EvalCommand implements Callable<Integer> {
    private static final List<Evaluation> EVALUATIONS = List.of(new Gsm8k(), new Mmlu(), new MmluContinuation(), new Mmmu());

    @Parameters(paramLabel = "NAME", description = "The evaluation: gsm8k, mmlu, mmlu-continuation or mmmu.")
    private String name;

    @Option(names = "--data", paramLabel = "FILE|DIR", required = true, description = "Where the questions lie.")
    private Path data;

    @Option(names = "--shots", paramLabel = "FILE",
            description = "Where the examples lie. Default: the first rows of the questions themselves for gsm8k, the dev files of the folder for mmlu.")
    private Optional<Path> shots = Optional.empty();

    @Option(names = {"--num-shots", "--ntrain"}, paramLabel = "N", description = "Examples before each question. Default: 5, for mmlu-continuation and mmmu 0.")
    private Optional<Integer> numShots = Optional.empty();

    @Option(names = "--num-questions", paramLabel = "N", description = "Put only the first of each subject. Default: 200 for gsm8k, for others all.")
    private Optional<Integer> numQuestions = Optional.empty();

    @Option(names = "--subject", arity = "1..*", paramLabel = "NAME", description = "Put only the questions of these subjects. Default: all.")
    private List<String> subjects = List.of();

    @Option(names = "--apply-chat-template", description = "Put questions as chats, examples as their earlier turns.")
    private boolean applyChatTemplate;

    @Option(names = "--parallel", defaultValue = "64", paramLabel = "N", description = "Questions that are put at once. Default: ${DEFAULT-VALUE}.")
    private int parallel;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the scores and every question with prompt, output, answer and label.")
    private Optional<Path> json = Optional.empty();

    @Mixin
    private ModelOptions model;

    @Override
    public Integer call() throws IOException {
        var evaluation = EVALUATIONS.stream().filter(known -> known.name().equals(name)).findFirst().orElseThrow(() -> new UsageException("there is no "
                + "evaluation '" + name + "'; known are " + EVALUATIONS.stream().map(Evaluation::name).collect(Collectors.joining(", "))));
        int shotCount = numShots.orElse(evaluation.defaultNumShots());
        requireAtLeast("--num-shots", shotCount, 0);
        int questionCount = numQuestions.orElse(evaluation.defaultNumQuestions());
        requireAtLeast("--num-questions", questionCount, 1);
        requireAtLeast("--parallel", parallel, 1);
        var questions = evaluation.questions(new EvalData(data, shots, subjects), shotCount, questionCount);
        try (var progress = new ProgressBar(); var engine = Engine.load(model.toEngineOptions(progress))) {
            progress.clear();
            var runner = new EvalRunner(engine, evaluation, applyChatTemplate && !evaluation.isChat());
            long start = System.nanoTime();
            var answers = runner.run(questions, parallel, progress);
            double seconds = (System.nanoTime() - start) / 1e9;
            boolean chat = applyChatTemplate || evaluation.isChat();
            var result = new EvalResult(name, model.modelPath().toString(), data.toString(), shotCount, chat, answers, seconds);
            System.out.print(result.table());
            if (json.isPresent()) {
                result.write(json.get());
            }
        }
        return 0;
    }

    private static void requireAtLeast(String option, int value, int least) {
        if (value < least) {
            throw new UsageException(option + " is " + value + "; it must be at least " + least);
        }
    }
}
