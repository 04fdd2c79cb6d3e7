package io.gatun.runtime.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The parts of a {@code tokenizer.json}. Its truncation and padding are left aside: an engine sees to both.
 *
 * @param tokens by id, null where an id is left out
 * @param added  in the order in which they take precedence
 */
record TokenizerJson(String[] tokens, List<AddedToken> added, Optional<Normalizer> normalizer, Optional<PreTokenizer> preTokenizer,
        Bpe model, PostProcessor postProcessor, Decoder decoder) {

    /** Reads {@code file}; every error is a {@link TokenizerException} that names it. */
    static TokenizerJson read(Path file) {
        try {
            return read(Files.readString(file), file);
        } catch (JsonParseException e) {
            var where = e.getLocation();
            throw new TokenizerException("%s is not valid JSON: %s at line %d, column %d".formatted(file, e.getOriginalMessage(),
                    where.getLineNr(), where.getColumnNr()), e);
        } catch (NoSuchFileException e) {
            throw new TokenizerException("there is no " + file, e);
        } catch (CharacterCodingException e) {
            throw new TokenizerException(file + " is not UTF-8", e);
        } catch (IOException e) {
            throw new TokenizerException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static TokenizerJson read(String json, Path file) throws IOException {
        // A vocabulary has a hundred thousand field names, each once: looking every one up in a symbol table is most of the time.
        var factory = JsonFactory.builder().disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES).build();
        factory.setCodec(new ObjectMapper(factory));
        var fields = JsonNodeFactory.instance.objectNode();
        Optional<Bpe> model = Optional.empty();
        try (var parser = factory.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new TokenizerException(file + " must hold a JSON object");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                var name = parser.currentName();
                if (parser.nextToken() != JsonToken.VALUE_NULL && name.equals("model")) {
                    model = Optional.of(ModelJson.read(parser, file + ": model"));
                } else {
                    fields.set(name, parser.<JsonNode>readValueAsTree());
                }
            }
            if (parser.nextToken() != null) {
                throw new TokenizerException(file + " goes on after its JSON object ends");
            }
        }
        return build(fields, model.orElseThrow(() -> new TokenizerException(file + ": model is missing")), file);
    }

    private static TokenizerJson build(ObjectNode fields, Bpe model, Path file) {
        var json = new Component(file.toString(), fields);
        if (json.has("version") && !json.text("version").equals("1.0")) {
            throw json.error("version must be 1.0, not " + json.text("version"));
        }
        var added = json.has("added_tokens") ? json.children("added_tokens").stream().map(AddedToken::read).toList()
                : List.<AddedToken>of();
        var tokens = tokensById(model, added, json);
        var byPrecedence = added.stream().sorted(Comparator.comparing(token -> !token.special())).toList();
        return new TokenizerJson(tokens, byPrecedence, part(json, "normalizer", Normalizer::read),
                part(json, "pre_tokenizer", PreTokenizer::read), model,
                part(json, "post_processor", PostProcessor::read).orElse(PostProcessor.NONE),
                part(json, "decoder", Decoder::read).orElse(Decoder.SPACED));
    }

    private static <T> Optional<T> part(Component json, String name, Function<Component, T> reader) {
        return json.has(name) ? Optional.of(reader.apply(json.child(name))) : Optional.empty();
    }

    /** The token of every id, null where there is none; every id must mean one token and every token have one id. */
    private static String[] tokensById(Bpe model, List<AddedToken> added, Component json) {
        int highest = -1;
        for (int id : model.vocabulary().values()) {
            highest = Math.max(highest, id);
        }
        for (var token : added) {
            highest = Math.max(highest, token.id());
        }
        if (highest >= ModelJson.MAX_ID) {
            throw json.error("added_tokens has the id " + highest + "; ids go up to " + (ModelJson.MAX_ID - 1));
        }
        var tokens = new String[highest + 1];
        model.vocabulary().forEach((token, id) -> put(tokens, id, token, json));
        var contents = new HashSet<String>();
        for (var token : added) {
            var inModel = model.vocabulary().get(token.content());
            if (inModel != null && inModel != token.id()) {
                throw json.error("'" + token.content() + "' has id " + token.id() + " in added_tokens and " + inModel + " in model.vocab");
            }
            if (!contents.add(token.content())) {
                throw json.error("'" + token.content() + "' is in added_tokens twice");
            }
            if (inModel == null) {
                put(tokens, token.id(), token.content(), json);
            }
        }
        return tokens;
    }

    private static void put(String[] tokens, int id, String token, Component json) {
        if (tokens[id] != null) {
            throw json.error("id " + id + " stands for both '" + tokens[id] + "' and '" + token + "'");
        }
        tokens[id] = token;
    }
}
