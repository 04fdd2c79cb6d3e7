package io.gatun.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.models.FormulaCheckpoints;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs the gatun command within the test. */
public final class Cli {
    private static final Path GOLDENS = Path.of("..", "models", "src", "test", "resources", "goldens");

    private Cli() {
    }

    /**
     * What came of a run.
     *
     * @param exitCode 0 success, 1 failure, 2 wrong usage
     * @param out what was printed
     * @param err the error's message
     * @param log what else went to standard error
     */
    public record Result(int exitCode, String out, String err, String log) {
    }

    public static Result run(Object... args) {
        var out = new ByteArrayOutputStream();
        var err = new StringWriter();
        var log = new ByteArrayOutputStream();
        var standardOut = System.out;
        var standardErr = System.err;
        try (var captured = new PrintStream(out, true, StandardCharsets.UTF_8); var capturedLog = new PrintStream(log, true, StandardCharsets.UTF_8)) {
            System.setOut(captured);
            System.setErr(capturedLog);
            String[] words = new String[args.length];
            for (int i = 0; i < args.length; i++) {
                words[i] = args[i].toString();
            }
            int exitCode = Gatun.commandLine().setOut(new PrintWriter(captured, true)).setErr(new PrintWriter(err, true)).execute(words);
            return new Result(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(), log.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(standardOut);
            System.setErr(standardErr);
        }
    }

    /** A checkpoint without a tokenizer. */
    public static Path golden(String name) {
        return FormulaCheckpoints.of(GOLDENS.resolve(name));
    }

    /** Copies a checkpoint into {@code folder} and gives it a tokenizer whose first 26 tokens are the letters a to z. */
    static Path withTokenizer(String name, Path folder) throws IOException {
        try (var files = Files.list(golden(name))) {
            for (var file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        var json = new ObjectMapper();
        var root = json.createObjectNode();
        root.put("version", "1.0").putArray("added_tokens");
        var model = root.putObject("model").put("type", "BPE");
        var vocabulary = model.putObject("vocab");
        for (int id = 0; id < 256; id++) {
            vocabulary.put(id < 26 ? Character.toString('a' + id) : "<" + id + ">", id);
        }
        model.putArray("merges");
        json.writeValue(folder.resolve("tokenizer.json").toFile(), root);
        return folder;
    }
}
