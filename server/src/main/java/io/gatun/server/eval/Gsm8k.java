package io.gatun.server.eval;

import io.gatun.runtime.sampling.SamplingParams;
import java.util.List;
import java.util.Optional;

/**
 * GSM8K: grade school word problems whose answers end in a number (Cobbe et al. 2021). As SGLang's benchmark puts it: the first lines of the file are the
 * examples, and the last number of the output is the answer.
 */
final class Gsm8k implements Evaluation {
    private static final List<String> HAS_HEADER = List.of();

    @Override
    public String name() {
        return "gsm8k";
    }

    @Override
    public int defaultNumShots() {
        return 5;
    }

    @Override
    public int defaultNumQuestions() {
        return 200;
    }

    @Override
    public List<Question> questions(EvalData data, int numShots, int numQuestions) {
        var rows = Dataset.read(data.data(), HAS_HEADER);
        var examples = data.shots().map(file -> Dataset.read(file, HAS_HEADER)).orElse(rows);
        var shots = EvalData.first(examples, numShots, name()).stream().map(Gsm8k::exchange).toList();
        return rows.stream().limit(numQuestions).map(row -> new Question(name(), "", shots, exchange(row), List.of(), label(row))).toList();
    }

    @Override
    public SamplingParams samplingParams() {
        return SamplingParams.builder().temperature(0).maxNewTokens(512).stop("Question", "Assistant:", "<|separator|>").build();
    }

    @Override
    public Optional<String> answer(Question question, String output) {
        return Numbers.last(output);
    }

    private static Exchange exchange(Row row) {
        String question = row.text("question");
        return new Exchange(question, "Question: " + question + "\nAnswer:", row.text("answer"));
    }

    private static String label(Row row) {
        String answer = row.text("answer");
        return Numbers.last(answer).orElseThrow(() -> row.fault("answer", "has no number; it must end in one, as in '#### 18'"));
    }
}
