package io.gatun.server.eval;

import io.gatun.server.UsageException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Where an evaluation's data lies.
 *
 * @param data the file or folder with the questions
 * @param shots the file that examples come from, where it is another
 * @param subjects those whose questions are wanted; empty for all
 */
record EvalData(Path data, Optional<Path> shots, List<String> subjects) {

    boolean wants(String subject) {
        return subjects.isEmpty() || subjects.contains(subject);
    }

    /**
     * Checks the wanted subjects against those that there are.
     *
     * @throws UsageException if one is missing
     */
    void requireSubjects(Collection<String> known) {
        for (String subject : subjects) {
            if (!known.contains(subject)) {
                throw new UsageException(data + " has no questions of the subject '" + subject + "', only of " + String.join(", ", known));
            }
        }
    }

    /** The first {@code count} of the examples, or all that an error about too few would name. */
    static List<Row> first(List<Row> rows, int count, String subject) {
        if (rows.size() < count) {
            throw new UsageException(rows.getFirst().file() + " has " + rows.size() + " examples of " + subject + ", fewer than --num-shots " + count);
        }
        return rows.subList(0, count);
    }
}
