package io.gatun.server.eval;

import com.fasterxml.jackson.databind.JsonNode;
import io.gatun.server.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Questions with pictures by subject, as MMMU is published (Yue et al. 2023): a folder a subject with {@code validation*.parquet}, or such files of all
 * subjects in the folder itself or in {@code data}; also one file alone.
 */
final class MmmuData {
    private static final String PART = "validation";
    /** A folder that holds the files of every subject. */
    private static final String ALL_SUBJECTS = "data";
    private static final String MULTIPLE_CHOICE = "multiple-choice";
    private static final int MOST_PICTURES = 7;
    private static final int MOST_OPTIONS = 26;
    private static final Pattern TAG = Pattern.compile("<image\\s*(\\d*)>");
    /** A subject stands in the id: validation_Art_Theory_7. */
    private static final Pattern ID = Pattern.compile("[^_]+_(.+)_\\d+");

    private MmmuData() {
    }

    /**
     * A question.
     *
     * @param prompt its text and pictures, in order
     * @param options what the letters of a multiple choice stand for; empty for a question with a free answer
     * @param answer the letter of the right option, or the right answer, or several of them as a Python list
     */
    record Item(String subject, List<Part> prompt, List<String> options, String answer) {
    }

    /** The answers that are right where {@code answer} may be a list of them. */
    static List<String> answers(String answer) {
        return PythonLiterals.list(answer).filter(list -> !list.isEmpty()).orElse(List.of(answer));
    }

    /** Reads the questions, subject by subject. */
    static List<Item> read(EvalData data, int numQuestions) {
        Map<String, List<Item>> items = new TreeMap<>();
        for (var file : files(data)) {
            for (var row : Dataset.read(file, List.of())) {
                var found = items.computeIfAbsent(subject(row), subject -> new ArrayList<>());
                if (found.size() < numQuestions && data.wants(subject(row))) {
                    found.add(item(row));
                }
            }
        }
        data.requireSubjects(items.keySet());
        return items.values().stream().flatMap(List::stream).toList();
    }

    /** Folders of other subjects than those that are wanted are left alone. */
    private static List<Path> files(EvalData data) {
        if (Files.isRegularFile(data.data())) {
            return List.of(data.data());
        }
        var folders = folders(data.data());
        var wanted = folders.stream().filter(folder -> folder.endsWith(ALL_SUBJECTS) || data.wants(folder.getFileName().toString()));
        var files = Stream.concat(Stream.of(data.data()), wanted).flatMap(folder -> Dataset.files(folder).stream())
                .filter(file -> file.getFileName().toString().startsWith(PART)).toList();
        if (files.isEmpty()) {
            String which = data.subjects().isEmpty() ? "SUBJECT" : data.subjects().getFirst();
            throw new UsageException(!Files.exists(data.data()) ? data.data() + " does not exist" : data.data() + " has no " + which + "/" + PART
                    + "*.parquet; its folders are " + folders.stream().map(Path::getFileName).toList());
        }
        return files;
    }

    private static List<Path> folders(Path data) {
        try (var entries = Files.isDirectory(data) ? Files.list(data) : Stream.<Path>empty()) {
            return entries.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new UsageException(data + " cannot be read: " + e.getMessage());
        }
    }

    private static String subject(Row row) {
        var id = ID.matcher(row.text("id"));
        return id.matches() ? id.group(1) : row.file().toAbsolutePath().getParent().getFileName().toString();
    }

    private static Item item(Row row) {
        boolean isChoice = row.text("question_type").equals(MULTIPLE_CHOICE);
        var options = isChoice ? options(row) : List.<String>of();
        String answer = row.text("answer").strip();
        if (isChoice && IntStream.range(0, options.size()).mapToObj(MmmuAnswers::letter).noneMatch(answer::equals)) {
            throw row.fault("answer", "is '" + answer + "'; it must be one of A to " + MmmuAnswers.letter(options.size() - 1));
        }
        return new Item(subject(row), parts(row, prompt(row.text("question"), options)), options, answer);
    }

    private static List<String> options(Row row) {
        String text = row.text("options");
        var options = PythonLiterals.list(text).orElseThrow(() -> row.fault("options", "is " + text + "; it must be a list such as ['red', 'green']"));
        if (options.isEmpty() || options.size() > MOST_OPTIONS) {
            throw row.fault("options", "has " + options.size() + " options; it must have 1 to " + MOST_OPTIONS);
        }
        return options;
    }

    /** A question as MMMU puts it. */
    static String prompt(String question, List<String> options) {
        if (options.isEmpty()) {
            return question + "\nAnswer the question using a single word or phrase.";
        }
        var prompt = new StringBuilder(question).append('\n');
        for (int i = 0; i < options.size(); i++) {
            prompt.append('(').append(MmmuAnswers.letter(i)).append(") ").append(options.get(i)).append('\n');
        }
        return prompt.append("\nAnswer with the option's letter from the given choices directly.").toString();
    }

    /** Cuts a prompt where {@code <image N>} stands, in the question or in an option; pictures that no tag names go to its end. */
    private static List<Part> parts(Row row, String prompt) {
        var parts = new ArrayList<Part>();
        var unnamed = new ArrayList<>(IntStream.rangeClosed(1, MOST_PICTURES).filter(i -> row.has(column(i))).boxed().toList());
        var tag = TAG.matcher(prompt);
        int end = 0;
        while (tag.find()) {
            addText(parts, prompt.substring(end, tag.start()));
            // A tag without a number stands for the next picture.
            Integer number = !tag.group(1).isEmpty() ? number(row, tag.group(1)) : unnamed.isEmpty() ? 1 : unnamed.getFirst();
            if (!row.has(column(number))) {
                throw row.fault("question", "refers to " + tag.group() + ", but '" + column(number) + "' is empty");
            }
            parts.add(image(row, column(number)));
            unnamed.remove(number);
            end = tag.end();
        }
        addText(parts, prompt.substring(end));
        unnamed.forEach(number -> parts.add(image(row, column(number))));
        return List.copyOf(parts);
    }

    private static Integer number(Row row, String digits) {
        if (!digits.matches("0*[1-" + MOST_PICTURES + "]")) {
            throw row.fault("question", "refers to <image " + digits + ">, but there are only " + column(1) + " to " + column(MOST_PICTURES));
        }
        return Integer.valueOf(digits);
    }

    private static void addText(List<Part> parts, String text) {
        if (!text.isEmpty()) {
            parts.add(new Part.Text(text));
        }
    }

    /** JSON has bytes as Base64. */
    private static Part image(Row row, String column) {
        JsonNode bytes = row.value(column).path("bytes");
        try {
            if (bytes.isBinary() || bytes.isTextual()) {
                return new Part.Image(bytes.binaryValue(), row.text("id") + ", " + column);
            }
        } catch (IOException e) {
            throw row.fault(column, "cannot be read: " + e.getMessage());
        }
        throw row.fault(column, "has no bytes; it must hold the picture itself, as {bytes, path}");
    }

    private static String column(int picture) {
        return "image_" + picture;
    }
}
