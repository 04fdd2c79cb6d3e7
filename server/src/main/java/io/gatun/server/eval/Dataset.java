package io.gatun.server.eval;

import io.gatun.server.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Datasets as they are published: JSON Lines, CSV, parquet. */
final class Dataset {
    private static final List<String> SUFFIXES = List.of(".jsonl", ".csv", ".parquet");

    private Dataset() {
    }

    /**
     * Reads a file; its name's end says its format.
     *
     * @param csvColumns the columns of a CSV file without a header; empty for one whose first line names them
     * @return at least one row
     * @throws UsageException naming the file and line of what is wrong, or if there is no row
     */
    static List<Row> read(Path file, List<String> csvColumns) {
        try {
            if (Files.isDirectory(file)) {
                throw new UsageException(file + " is a folder; give a file that ends in " + String.join(", ", SUFFIXES));
            }
            var rows = switch (suffix(file)) {
                case ".jsonl" -> JsonLines.read(file);
                case ".csv" -> CsvRows.read(file, csvColumns);
                case ".parquet" -> ParquetRows.read(file);
                default -> throw new UsageException(file + " is of no known format; known are " + String.join(", ", SUFFIXES));
            };
            if (rows.isEmpty()) {
                throw new UsageException(file + " has no rows");
            }
            return rows;
        } catch (NoSuchFileException e) {
            throw new UsageException(file + " does not exist");
        } catch (IOException e) {
            throw new UsageException(file + " cannot be read: " + e.getMessage());
        }
    }

    /** The dataset files in a folder, by name. */
    static List<Path> files(Path folder) {
        try (var files = Files.isDirectory(folder) ? Files.list(folder) : Stream.<Path>empty()) {
            return files.filter(file -> !suffix(file).isEmpty()).sorted().toList();
        } catch (IOException e) {
            throw new UsageException(folder + " cannot be read: " + e.getMessage());
        }
    }

    private static String suffix(Path file) {
        return SUFFIXES.stream().filter(file.getFileName().toString()::endsWith).findFirst().orElse("");
    }
}
