package io.gatun.server.eval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.row.PqList;
import dev.hardwood.row.PqStruct;
import dev.hardwood.row.StructAccessor;
import io.gatun.server.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Parquet, as Hugging Face's hub serves every dataset. */
final class ParquetRows {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    /** Held, since loggers that nobody holds forget their level. */
    private static final Logger LIBRARY_LOG = Logger.getLogger("dev.hardwood");

    static {
        LIBRARY_LOG.setLevel(Level.WARNING);
    }

    private ParquetRows() {
    }

    static List<Row> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString());
        }
        var rows = new ArrayList<Row>();
        try (var reader = ParquetFileReader.open(InputFile.of(file)); var row = reader.rowReader()) {
            while (row.hasNext()) {
                row.next();
                rows.add(new Row(file, "row " + (rows.size() + 1), struct(row)));
            }
        } catch (IOException | RuntimeException e) {
            throw new UsageException(file + ", row " + (rows.size() + 1) + " is not readable as parquet: " + e.getMessage());
        }
        return rows;
    }

    private static ObjectNode struct(StructAccessor struct) {
        var node = NODES.objectNode();
        for (int i = 0; i < struct.getFieldCount(); i++) {
            node.set(struct.getFieldName(i), node(struct.isNull(i) ? null : struct.getValue(i)));
        }
        return node;
    }

    private static JsonNode node(Object value) {
        return switch (value) {
            case null -> NODES.nullNode();
            case String text -> NODES.textNode(text);
            case Integer number -> NODES.numberNode(number);
            case Long number -> NODES.numberNode(number);
            case Float number -> NODES.numberNode(number);
            case Double number -> NODES.numberNode(number);
            case Boolean bool -> NODES.booleanNode(bool);
            case byte[] bytes -> NODES.binaryNode(bytes);
            case PqStruct struct -> struct(struct);
            case PqList list -> NODES.arrayNode().addAll(list.values().stream().map(ParquetRows::node).toList());
            default -> NODES.textNode(value.toString());
        };
    }
}
