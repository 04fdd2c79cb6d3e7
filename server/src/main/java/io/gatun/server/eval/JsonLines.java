package io.gatun.server.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.server.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** JSON Lines: one object a line; blank lines are passed over. */
final class JsonLines {
    private JsonLines() {
    }

    static List<Row> read(Path file) throws IOException {
        var mapper = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
        var rows = new ArrayList<Row>();
        int number = 0;
        for (var line : Files.readAllLines(file)) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            String place = "line " + number;
            try {
                if (!(mapper.readTree(line) instanceof ObjectNode values)) {
                    throw new UsageException(file + ", " + place + " is no JSON object");
                }
                rows.add(new Row(file, place, values));
            } catch (JsonProcessingException e) {
                throw new UsageException(file + ", " + place + " is not valid JSON: column " + e.getLocation().getColumnNr() + ", " + e.getOriginalMessage());
            }
        }
        return rows;
    }
}
