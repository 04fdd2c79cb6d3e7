package io.gatun.server.eval;

import io.gatun.runtime.sampling.SamplingParams;
import java.util.List;
import java.util.Optional;

/**
 * MMLU's questions without their choices in the prompt: the answer is the choice whose text the model holds to be the likeliest continuation, by the sum of
 * its tokens' log-probabilities (lm-evaluation-harness' {@code mmlu_continuation}). For models that never learnt to answer by letters.
 */
final class MmluContinuation implements Evaluation {
    @Override
    public String name() {
        return "mmlu-continuation";
    }

    @Override
    public int defaultNumShots() {
        return 0;
    }

    @Override
    public int defaultNumQuestions() {
        return Integer.MAX_VALUE;
    }

    @Override
    public List<Question> questions(EvalData data, int numShots, int numQuestions) {
        return MmluData.read(data, numShots, numQuestions).stream().map(task -> new Question(task.item().subject(), "",
                task.shots().stream().map(MmluContinuation::exchange).toList(), exchange(task.item()), task.item().choices(), task.item().letter())).toList();
    }

    /** One token is generated and thrown away, since the engine always makes one. */
    @Override
    public SamplingParams samplingParams() {
        return SamplingParams.builder().temperature(0).maxNewTokens(1).build();
    }

    @Override
    public Optional<String> answer(Question question, String output) {
        int choice = question.choices().indexOf(output);
        return choice < 0 ? Optional.empty() : Optional.of(MmluData.letterOf(choice));
    }

    private static Exchange exchange(MmluData.Item item) {
        return new Exchange(item.question(), "Question: " + item.question() + "\nAnswer:", item.rightChoice());
    }
}
