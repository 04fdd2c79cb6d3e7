package io.gatun.server.eval;

import io.gatun.server.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Multiple choice questions by subject, as MMLU is published (Hendrycks et al. 2021): a folder with {@code test/SUBJECT_test.csv} and
 * {@code dev/SUBJECT_dev.csv}, or the hub's {@code test*.parquet} and {@code dev*.parquet}; also one file alone.
 */
final class MmluData {
    private static final List<String> LETTERS = List.of("A", "B", "C", "D");
    private static final List<String> CSV_COLUMNS = List.of("question", "A", "B", "C", "D", "answer");
    private static final String TEST = "test";
    private static final String DEV = "dev";

    private MmluData() {
    }

    /**
     * A question.
     *
     * @param choices four
     * @param answer the right one's index
     */
    record Item(String subject, String question, List<String> choices, int answer) {
        String letter() {
            return LETTERS.get(answer);
        }

        /** The question with its choices, up to where the letter of an answer begins. */
        String withChoices() {
            var text = new StringBuilder(question);
            for (int i = 0; i < choices.size(); i++) {
                text.append('\n').append(LETTERS.get(i)).append(". ").append(choices.get(i));
            }
            return text.append("\nAnswer:").toString();
        }

        String rightChoice() {
            return choices.get(answer);
        }

        /** The subject as a prompt writes it. */
        String subjectText() {
            return subject.replace('_', ' ');
        }
    }

    /** An item with the examples of its subject. */
    record Task(Item item, List<Item> shots) {
    }

    /** The letter of a choice. */
    static String letterOf(int choice) {
        return LETTERS.get(choice);
    }

    /** Reads the questions, subject by subject. */
    static List<Task> read(EvalData data, int numShots, int numQuestions) {
        var tests = rowsBySubject(split(data.data(), TEST), TEST);
        data.requireSubjects(tests.keySet());
        tests.keySet().removeIf(subject -> !data.wants(subject));
        var examples = numShots == 0 ? Map.<String, List<Row>>of() : rowsBySubject(data.shots().map(List::of).orElseGet(() -> examples(data.data())), DEV);
        var tasks = new ArrayList<Task>();
        tests.forEach((subject, rows) -> {
            var shots = numShots == 0 ? List.<Item>of() : EvalData.first(examplesOf(subject, examples), numShots, "subject '" + subject + "'").stream()
                    .map(row -> item(row, subject)).toList();
            rows.stream().limit(numQuestions).forEach(row -> tasks.add(new Task(item(row, subject), shots)));
        });
        return tasks;
    }

    private static List<Row> examplesOf(String subject, Map<String, List<Row>> examples) {
        return Optional.ofNullable(examples.get(subject)).orElseThrow(() -> new UsageException("there are no examples of the subject '" + subject
                + "', only of " + examples.keySet() + "; give --num-shots 0"));
    }

    /** The files of one part, which a folder of its own may hold; a file stands for itself. */
    private static List<Path> split(Path data, String part) {
        if (Files.isRegularFile(data)) {
            return List.of(data);
        }
        var files = Files.isDirectory(data.resolve(part)) ? Dataset.files(data.resolve(part))
                : Dataset.files(data).stream().filter(file -> file.getFileName().toString().startsWith(part)).toList();
        if (files.isEmpty()) {
            throw new UsageException(Files.exists(data) ? data + " has neither " + part + "/SUBJECT_" + part + ".csv nor " + part + "*.parquet"
                    : data + " does not exist");
        }
        return files;
    }

    private static List<Path> examples(Path data) {
        if (Files.isRegularFile(data)) {
            throw new UsageException(data + " has no examples with it: name their file by --shots, or give --num-shots 0");
        }
        return split(data, DEV);
    }

    private static Map<String, List<Row>> rowsBySubject(List<Path> files, String part) {
        return files.stream().flatMap(file -> Dataset.read(file, CSV_COLUMNS).stream())
                .collect(Collectors.groupingBy(row -> subject(row, part), TreeMap::new, Collectors.toList()));
    }

    /** A column where there is one, else the file's name: {@code test/anatomy_test.csv} is anatomy. */
    private static String subject(Row row, String part) {
        return row.has("subject") ? row.text("subject") : row.file().getFileName().toString().replaceFirst("\\.\\w+$", "").replaceFirst("_" + part + "$", "");
    }

    private static Item item(Row row, String subject) {
        boolean isList = row.values().has("choices");
        var choices = isList ? row.texts("choices") : LETTERS.stream().map(row::text).toList();
        if (choices.size() != LETTERS.size()) {
            throw row.fault("choices", "has " + choices.size() + " choices; it must have " + LETTERS.size());
        }
        String answer = row.text("answer").strip();
        int index = LETTERS.contains(answer) ? LETTERS.indexOf(answer) : answer.matches("[0-3]") ? Integer.parseInt(answer) : -1;
        if (index < 0) {
            throw row.fault("answer", "is '" + answer + "'; it must be one of A, B, C, D, or 0 to 3");
        }
        return new Item(subject, row.text("question"), choices, index);
    }
}
