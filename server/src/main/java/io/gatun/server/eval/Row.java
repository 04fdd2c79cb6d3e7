package io.gatun.server.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.server.UsageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * One row of a dataset, whatever format it came in.
 *
 * @param file the file that it stands in
 * @param place where, such as {@code line 3} or {@code row 7}
 * @param values by column; nested columns are objects and arrays, binary ones binary nodes
 */
record Row(Path file, String place, ObjectNode values) {

    /**
     * A text; a number counts as its text.
     *
     * @throws UsageException if the column is missing or holds something else
     */
    String text(String field) {
        return text(field, value(field));
    }

    /**
     * A list of texts.
     *
     * @throws UsageException if the column is missing or holds something else
     */
    List<String> texts(String field) {
        var array = value(field);
        if (!array.isArray()) {
            throw fault(field, "is " + shortened(array) + "; it must be a list of texts");
        }
        var texts = new ArrayList<String>(array.size());
        array.forEach(item -> texts.add(text(field, item)));
        return texts;
    }

    /**
     * A value.
     *
     * @throws UsageException if the column is missing or empty
     */
    JsonNode value(String field) {
        if (!values.hasNonNull(field)) {
            throw fault(field, values.has(field) ? "is empty" : "is missing; there " + (values.size() == 1 ? "is " : "are ") + columns());
        }
        return values.get(field);
    }

    boolean has(String field) {
        return values.hasNonNull(field);
    }

    /** An error about a field of this row: {@code test.jsonl, line 3: field 'answer' …}. */
    UsageException fault(String field, String what) {
        return new UsageException(file + ", " + place + ": field '" + field + "' " + what);
    }

    private String text(String field, JsonNode value) {
        if (!value.isTextual() && !value.isNumber()) {
            throw fault(field, "is " + shortened(value) + "; it must be a text");
        }
        return value.asText();
    }

    private String columns() {
        return String.join(", ", StreamSupport.stream(((Iterable<String>) values::fieldNames).spliterator(), false).map(name -> "'" + name + "'").toList());
    }

    private static String shortened(JsonNode value) {
        String text = value.toString();
        return text.length() <= 40 ? text : text.substring(0, 40) + "…";
    }
}
