package io.gatun.server.eval;

import io.gatun.runtime.sampling.SamplingParams;
import io.gatun.server.UsageException;
import java.util.List;
import java.util.Optional;

/** MMMU: questions with pictures, of multiple choice and with free answers, put as chats and graded by its own rules (Yue et al. 2023). */
final class Mmmu implements Evaluation {
    @Override
    public String name() {
        return "mmmu";
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
    public boolean isChat() {
        return true;
    }

    @Override
    public List<Question> questions(EvalData data, int numShots, int numQuestions) {
        if (numShots > 0 || data.shots().isPresent()) {
            throw new UsageException("mmmu is put without examples; leave --shots and --num-shots out");
        }
        return MmmuData.read(data, numQuestions).stream().map(item -> Question.ofParts(item.subject(), item.prompt(), item.options(), item.answer())).toList();
    }

    /** As SGLang's benchmark. */
    @Override
    public SamplingParams samplingParams() {
        return SamplingParams.builder().temperature(0).maxNewTokens(30).build();
    }

    @Override
    public Optional<String> answer(Question question, String output) {
        return question.options().isEmpty() ? Optional.of(output.strip()).filter(text -> !text.isEmpty()) : MmmuAnswers.choice(output, question.options());
    }

    @Override
    public boolean isRight(Question question, String answer) {
        return question.options().isEmpty() ? MmmuAnswers.isRight(answer, MmmuData.answers(question.label())) : answer.equals(question.label());
    }
}
