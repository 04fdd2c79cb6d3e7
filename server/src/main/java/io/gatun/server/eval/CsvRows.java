package io.gatun.server.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import io.gatun.server.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** CSV (RFC 4180): fields in quotes may hold commas, line breaks and doubled quotes. Every row must have as many fields as there are columns. */
final class CsvRows {
    private CsvRows() {
    }

    static List<Row> read(Path file, List<String> columns) throws IOException {
        var rows = new ArrayList<Row>();
        var names = columns;
        var lines = new CsvMapper().enable(CsvParser.Feature.WRAP_AS_ARRAY).enable(CsvParser.Feature.SKIP_EMPTY_LINES).readerFor(String[].class);
        try (var reader = Files.newBufferedReader(file); var fields = lines.<String[]>readValues(reader)) {
            while (fields.hasNextValue()) {
                String[] row = fields.nextValue();
                if (names.isEmpty()) {
                    names = List.of(row);
                    continue;
                }
                // Jackson stands behind the row's line end here, and quoted fields may span lines, so rows are counted.
                String place = "row " + (rows.size() + 1);
                if (row.length != names.size()) {
                    throw new UsageException(file + ", " + place + " has " + row.length + " fields; it must have " + names.size() + ": "
                            + String.join(", ", names));
                }
                var values = JsonNodeFactory.instance.objectNode();
                for (int i = 0; i < row.length; i++) {
                    values.put(names.get(i), row[i]);
                }
                rows.add(new Row(file, place, values));
            }
        } catch (JsonProcessingException e) {
            throw new UsageException(file + ", row " + (rows.size() + 1) + " is not valid CSV: " + e.getOriginalMessage());
        }
        return rows;
    }
}
