package io.gatun.server.eval;

import io.gatun.runtime.chat.ChatTemplate;
import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.GenerationRequest;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.tokenizer.Tokenizer;
import io.gatun.server.ProgressBar;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Puts the questions of an evaluation to an engine. */
final class EvalRunner {
    private final Engine engine;
    private final Evaluation evaluation;
    private final Tokenizer tokenizer;
    private final Optional<ChatTemplate> template;

    /** @param applyChatTemplate whether questions are put as chats */
    EvalRunner(Engine engine, Evaluation evaluation, boolean applyChatTemplate) {
        this.engine = engine;
        this.evaluation = evaluation;
        tokenizer = engine.tokenizer().orElseThrow(() -> new RequestException("the model's folder has no tokenizer.json, so it cannot be evaluated"));
        template = !applyChatTemplate ? Optional.empty() : Optional.of(engine.chatTemplate().orElseThrow(
                () -> new RequestException("the model's folder has no chat template; leave --apply-chat-template out")));
    }

    /** A prompt and its ids. */
    private record Prompt(String text, int[] ids) {
    }

    /**
     * Puts all questions and returns the answers in order.
     *
     * @param parallel how many are put at once
     */
    List<Answer> run(List<Question> questions, int parallel, ProgressBar progress) {
        var done = new AtomicInteger();
        try (var threads = Executors.newFixedThreadPool(parallel, Thread.ofVirtual().factory())) {
            var running = new ArrayList<Future<Answer>>();
            for (var question : questions) {
                running.add(threads.submit(() -> {
                    var answer = answer(question);
                    progress.report("questions", done.incrementAndGet(), questions.size());
                    return answer;
                }));
            }
            var answers = new ArrayList<Answer>();
            try {
                for (var future : running) {
                    answers.add(future.get());
                }
            } catch (ExecutionException | InterruptedException e) {
                threads.shutdownNow();
                throw e.getCause() instanceof RuntimeException cause ? cause : new RequestException("the evaluation was interrupted");
            }
            progress.clear();
            return answers;
        }
    }

    private Answer answer(Question question) {
        return !question.parts().isEmpty() ? seen(question) : question.choices().isEmpty() ? generated(question) : likeliest(question);
    }

    /** Puts a question with pictures, always as a chat, since templates know where pictures stand. */
    private Answer seen(Question question) {
        try {
            var request = engine.chatRequest(question.chat(0), evaluation.samplingParams());
            var prompt = new Prompt(((GenerationRequest.Prompt.Text) request.prompt()).text(), new int[0]);
            var result = engine.generate(request).getFirst();
            return graded(question, prompt, result.text(), result.completionTokens(), List.of());
        } catch (RequestException e) {
            throw new RequestException(question.pictures().getFirst().name() + ": " + e.getMessage(), e);
        }
    }

    private Answer generated(Question question) {
        var prompt = prompt(question, evaluation.samplingParams().maxNewTokens());
        var result = engine.generate(GenerationRequest.ofIds(prompt.ids, evaluation.samplingParams())).getFirst();
        return graded(question, prompt, result.text(), result.completionTokens(), List.of());
    }

    private Answer likeliest(Question question) {
        // A chat's answer begins the message, a plain one follows the colon.
        var choices = question.choices().stream().map(choice -> tokenizer.encode(template.isPresent() ? choice : " " + choice, false)).toList();
        var prompt = prompt(question, 1 + choices.stream().mapToInt(ids -> ids.length).max().orElseThrow());
        var params = evaluation.samplingParams().toBuilder().returnLogprob(true).logprobStartLen(prompt.ids.length).build();
        var results = engine.generateIds(choices.stream().map(ids -> IntStream.concat(IntStream.of(prompt.ids), IntStream.of(ids)).toArray()).toList(), params);
        var logprobs = results.stream().map(result -> result.promptLogprobs().stream().mapToDouble(token -> token.logprob().orElseThrow()).sum()).toList();
        String best = question.choices().get(logprobs.indexOf(Collections.max(logprobs)));
        return graded(question, prompt, best, 0, logprobs);
    }

    private Answer graded(Question question, Prompt prompt, String output, int outputTokens, List<Double> logprobs) {
        var answer = evaluation.answer(question, output);
        boolean correct = answer.isPresent() && evaluation.isRight(question, answer.get());
        return new Answer(question, prompt.text, output, answer, correct, outputTokens, logprobs);
    }

    /** The prompt, with as many of the examples as leave room for the answer in the context. */
    private Prompt prompt(Question question, int answerLen) {
        for (int numShots = question.shots().size();; numShots--) {
            var prompt = prompt(question, numShots, template);
            if (numShots == 0 || prompt.ids.length + answerLen <= engine.contextLength()) {
                return prompt;
            }
        }
    }

    private Prompt prompt(Question question, int numShots, Optional<ChatTemplate> chat) {
        // Templates write the begin-of-sequence token themselves.
        String text = chat.map(found -> found.render(question.chat(numShots))).orElseGet(() -> question.text(numShots));
        return new Prompt(text, tokenizer.encode(text, chat.isEmpty()));
    }
}
