package io.gatun.runtime.tokenizer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the {@code model} of a tokenizer file as a stream: its vocabulary and merges are most of the file. */
final class ModelJson {
    /** Far above any vocabulary; keeps a wrong id from asking for gigabytes. */
    static final int MAX_ID = 1 << 24;

    private final String place;
    private final Map<String, Integer> vocabulary = new HashMap<>(1 << 16);
    private final List<String> merges = new ArrayList<>(1 << 16);
    private final ObjectNode fields = JsonNodeFactory.instance.objectNode();
    private boolean hasVocabulary;
    private boolean hasMerges;

    private ModelJson(String place) {
        this.place = place;
    }

    /** @param parser at the beginning of the model object; afterwards at its end */
    static Bpe read(JsonParser parser, String place) throws IOException {
        var model = new ModelJson(place);
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw model.error("must be an object");
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            var name = parser.currentName();
            var value = parser.nextToken();
            if (name.equals("vocab") && value == JsonToken.START_OBJECT) {
                model.readVocabulary(parser);
            } else if (name.equals("merges") && value == JsonToken.START_ARRAY) {
                model.readMerges(parser);
            } else {
                model.fields.set(name, parser.<JsonNode>readValueAsTree());
            }
        }
        return model.build();
    }

    private void readVocabulary(JsonParser parser) throws IOException {
        hasVocabulary = true;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            var token = parser.currentName();
            boolean valid = parser.nextToken() == JsonToken.VALUE_NUMBER_INT;
            long id = valid ? parser.getLongValue() : -1;
            if (id < 0 || id >= MAX_ID) {
                throw error("vocab: the id of '" + token + "' must be a number from 0 to " + (MAX_ID - 1) + ", not " + parser.getText());
            }
            var earlier = vocabulary.put(token, (int) id);
            if (earlier != null) {
                throw error("vocab: '" + token + "' is there twice, as " + earlier + " and " + id);
            }
        }
    }

    /** Either form, {@code "a b"} or {@code ["a", "b"]}, goes flat into the list. */
    private void readMerges(JsonParser parser) throws IOException {
        hasMerges = true;
        for (var token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token == JsonToken.VALUE_STRING) {
                addMerge(parser.getText());
            } else if (token == JsonToken.START_ARRAY && parser.nextToken() == JsonToken.VALUE_STRING) {
                merges.add(parser.getText());
                boolean second = parser.nextToken() == JsonToken.VALUE_STRING;
                merges.add(parser.getText());
                if (!second || parser.nextToken() != JsonToken.END_ARRAY) {
                    throw badMerge(parser.getText());
                }
            } else {
                throw badMerge(parser.getText());
            }
        }
    }

    private void addMerge(String merge) {
        int space = merge.indexOf(' ');
        if (merge.startsWith("#version")) {
            return;
        }
        if (space < 0 || merge.indexOf(' ', space + 1) >= 0) {
            throw badMerge(merge);
        }
        merges.add(merge.substring(0, space));
        merges.add(merge.substring(space + 1));
    }

    private Bpe build() {
        var json = new Component(place, fields);
        if (json.has("type") && !json.type().equals("BPE")) {
            throw json.unsupportedType("BPE");
        }
        if (!hasVocabulary || !hasMerges) {
            throw error((hasVocabulary ? "merges" : "vocab") + " is missing");
        }
        if (json.has("dropout") && json.json().get("dropout").asDouble() != 0) {
            throw error("dropout " + json.json().get("dropout") + " makes encoding random, which is not supported; it must be null or 0");
        }
        var options = new Bpe.Options(optional(json, "unk_token"), json.flag("fuse_unk", false), json.flag("byte_fallback", false),
                json.flag("ignore_merges", false), optional(json, "continuing_subword_prefix").orElse(""),
                optional(json, "end_of_word_suffix").orElse(""));
        return new Bpe(vocabulary, mergeTable(options.prefix()), options);
    }

    private MergeTable mergeTable(String prefix) {
        var table = new MergeTable(merges.size() / 2);
        for (int rank = 0; rank < merges.size() / 2; rank++) {
            var left = merges.get(2 * rank);
            var right = merges.get(2 * rank + 1);
            if (right.length() < prefix.length()) {
                throw error("merges[" + rank + "]: '" + right + "' is shorter than continuing_subword_prefix '" + prefix + "'");
            }
            table.put(idOf(left, rank), idOf(right, rank), rank, idOf(left + right.substring(prefix.length()), rank));
        }
        return table;
    }

    private int idOf(String token, int rank) {
        var id = vocabulary.get(token);
        if (id == null) {
            throw error("merges[%d] ('%s', '%s') needs the token '%s', which is not in vocab".formatted(
                    rank, merges.get(2 * rank), merges.get(2 * rank + 1), token));
        }
        return id;
    }

    private static Optional<String> optional(Component json, String field) {
        return json.has(field) ? Optional.of(json.text(field)) : Optional.empty();
    }

    private TokenizerException badMerge(String found) {
        return error("merges[" + merges.size() / 2 + "] must be two tokens, \"a b\" or [\"a\", \"b\"], not '" + found + "'");
    }

    private TokenizerException error(String message) {
        return new TokenizerException(place + ": " + message);
    }
}
