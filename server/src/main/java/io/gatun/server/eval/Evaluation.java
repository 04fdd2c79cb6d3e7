package io.gatun.server.eval;

import io.gatun.runtime.sampling.SamplingParams;
import java.util.List;
import java.util.Optional;

/** An evaluation: where its questions come from, how answers are generated, and what counts as right. */
interface Evaluation {
    /** As the command line knows it. */
    String name();

    /** Examples before each question, where nothing else is asked for. */
    int defaultNumShots();

    /** The questions that are put, of each subject, where nothing else is asked for. */
    int defaultNumQuestions();

    /** Whether questions are put as chats even where nobody asks for it. */
    default boolean isChat() {
        return false;
    }

    /**
     * Reads the questions.
     *
     * @param numShots examples for each
     * @param numQuestions the most of each subject
     * @throws io.gatun.server.UsageException if the data is missing or malformed, naming file, row and field
     */
    List<Question> questions(EvalData data, int numShots, int numQuestions);

    /** How answers are generated. */
    SamplingParams samplingParams();

    /**
     * The answer in a model's output; empty if it has none.
     *
     * @param output what was generated, or the likeliest of the choices
     */
    Optional<String> answer(Question question, String output);

    /** Whether an answer is the right one. */
    default boolean isRight(Question question, String answer) {
        return answer.equals(question.label());
    }
}
