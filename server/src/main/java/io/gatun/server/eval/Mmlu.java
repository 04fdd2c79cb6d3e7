package io.gatun.server.eval;

import io.gatun.runtime.sampling.SamplingParams;
import java.util.List;
import java.util.Optional;

/** MMLU: multiple choice questions, answered by one token, whose first letter is the answer, as in SGLang's benchmark. */
final class Mmlu implements Evaluation {
    @Override
    public String name() {
        return "mmlu";
    }

    @Override
    public int defaultNumShots() {
        return 5;
    }

    @Override
    public int defaultNumQuestions() {
        return Integer.MAX_VALUE;
    }

    @Override
    public List<Question> questions(EvalData data, int numShots, int numQuestions) {
        return MmluData.read(data, numShots, numQuestions).stream().map(task -> new Question(task.item().subject(),
                "The following are multiple choice questions (with answers) about " + task.item().subjectText() + ".\n\n",
                task.shots().stream().map(Mmlu::exchange).toList(), exchange(task.item()), List.of(), task.item().letter())).toList();
    }

    @Override
    public SamplingParams samplingParams() {
        return SamplingParams.builder().temperature(0).maxNewTokens(1).build();
    }

    @Override
    public Optional<String> answer(Question question, String output) {
        String text = output.strip();
        return text.isEmpty() ? Optional.empty() : Optional.of(text.substring(0, text.offsetByCodePoints(0, 1)));
    }

    private static Exchange exchange(MmluData.Item item) {
        String question = item.withChoices();
        return new Exchange(question, question, item.letter());
    }
}
