package io.gatun.server.eval;

import io.gatun.server.UsageException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where an evaluation's data lies.
 *
 * @param data the file or folder with the questions
 * @param shots the file that examples come from, where it is another
 */
record EvalData(Path data, Optional<Path> shots) {

    /** The first {@code count} of the examples, or all that an error about too few would name. */
    static List<Row> first(List<Row> rows, int count, String subject) {
        if (rows.size() < count) {
            throw new UsageException(rows.getFirst().file() + " has " + rows.size() + " examples of " + subject + ", fewer than --num-shots " + count);
        }
        return rows.subList(0, count);
    }
}
