package io.gatun.server.eval;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.memory.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What an evaluation came to; scripts/eval_hf.py writes the same as JSON.
 *
 * @param answers at least one
 * @param seconds from the first question to the last answer
 */
record EvalResult(String evaluation, String model, String data, int numShots, boolean chat, List<Answer> answers, double seconds) {

    /** The share of questions that were answered rightly. */
    double accuracy() {
        return share(answers, Answer::correct);
    }

    /** The share of outputs in which no answer was found. */
    double invalid() {
        return share(answers, answer -> answer.answer().isEmpty());
    }

    /** Output tokens a second. */
    double outputThroughput() {
        return answers.stream().mapToLong(Answer::outputTokens).sum() / seconds;
    }

    /** Accuracies by subject. */
    Map<String, Double> subjects() {
        return bySubject().entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, entry -> share(entry.getValue(), Answer::correct), (a, b) -> a,
                TreeMap::new));
    }

    /** For people. */
    String table() {
        var table = new StringBuilder();
        var bySubject = bySubject();
        if (bySubject.size() > 1) {
            int width = bySubject.keySet().stream().mapToInt(String::length).max().orElseThrow();
            bySubject.forEach((subject, all) -> table.append(String.format(Locale.ROOT, "%-" + width + "s  %6.1f %%  %5d of %d%n", subject,
                    100 * share(all, Answer::correct), count(all, Answer::correct), all.size())));
            table.append(System.lineSeparator());
        }
        line(table, "Evaluation", evaluation + ", " + numShots + " shots" + (chat ? ", as chats" : ""));
        line(table, "Questions", answers.size());
        line(table, "Accuracy", String.format(Locale.ROOT, "%.1f %% (%d right)", 100 * accuracy(), count(answers, Answer::correct)));
        line(table, "Invalid", String.format(Locale.ROOT, "%.1f %%", 100 * invalid()));
        line(table, "Latency", Sizes.seconds(seconds));
        if (outputThroughput() > 0) {
            line(table, "Output throughput", String.format(Locale.ROOT, "%,.1f tok/s", outputThroughput()));
        }
        return table.toString();
    }

    /** For programs: the totals, and every question with its prompt, output, answer and label. */
    void write(Path file) throws IOException {
        var json = new ObjectMapper();
        var root = json.createObjectNode().put("evaluation", evaluation).put("model", model).put("data", data).put("num_shots", numShots).put("chat", chat)
                .put("accuracy", accuracy()).put("invalid", invalid()).put("latency", seconds).put("output_throughput", outputThroughput());
        root.set("subjects", json.valueToTree(subjects()));
        var questions = root.putArray("questions");
        for (var answer : answers) {
            var node = questions.addObject().put("subject", answer.question().subject()).put("prompt", answer.prompt()).put("output", answer.output())
                    .put("answer", answer.answer().orElse(null)).put("label", answer.question().label()).put("correct", answer.correct());
            if (!answer.logprobs().isEmpty()) {
                node.set("logprobs", json.valueToTree(answer.logprobs()));
            }
        }
        Files.writeString(file, json.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
    }

    private Map<String, List<Answer>> bySubject() {
        return answers.stream().collect(Collectors.groupingBy(answer -> answer.question().subject(), TreeMap::new, Collectors.toList()));
    }

    private static long count(List<Answer> answers, Predicate<Answer> which) {
        return answers.stream().filter(which).count();
    }

    private static double share(List<Answer> answers, Predicate<Answer> which) {
        return (double) count(answers, which) / answers.size();
    }

    private static void line(StringBuilder table, String name, Object value) {
        table.append(String.format(Locale.ROOT, "%-20s%s%n", name + ":", value));
    }
}
