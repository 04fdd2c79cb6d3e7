package io.gatun.runtime.tokenizer;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Text to token ids and back, as a Hugging Face {@code tokenizer.json} describes it: byte-pair encoding, byte-level or in the manner of
 * sentencepiece, and held id for id to the original (huggingface/tokenizers 0.21). Immutable; any number of threads may share one.
 */
public final class Tokenizer {
    private final Bpe model;
    private final AddedTokens added;
    private final Optional<PreTokenizer> preTokenizer;
    private final PostProcessor postProcessor;
    private final Decoder decoder;
    private final Map<String, Integer> addedIds = new HashMap<>();
    private final BitSet special = new BitSet();
    private final String[] tokens;
    private final int vocabSize;
    private final OptionalInt bosId;
    private final OptionalInt eosId;
    private final OptionalInt padId;

    private Tokenizer(TokenizerJson json, TokenizerConfig config, Path source) {
        model = json.model();
        added = new AddedTokens(json.added(), json.normalizer());
        preTokenizer = json.preTokenizer();
        postProcessor = json.postProcessor();
        decoder = json.decoder();
        for (var token : json.added()) {
            addedIds.put(token.content(), token.id());
            special.set(token.id(), token.special());
        }
        tokens = json.tokens();
        vocabSize = (int) Arrays.stream(tokens).filter(Objects::nonNull).count();
        bosId = named("bos_token", config.bosToken(), source);
        eosId = named("eos_token", config.eosToken(), source);
        padId = named("pad_token", config.padToken(), source);
    }

    /**
     * Reads one {@code tokenizer.json}; without a tokenizer_config.json beside it no token is known as bos, eos or pad.
     *
     * @throws TokenizerException if the file is missing, malformed or asks for what is not supported
     */
    public static Tokenizer fromFile(Path tokenizerJson) {
        return new Tokenizer(TokenizerJson.read(tokenizerJson), TokenizerConfig.NONE, tokenizerJson);
    }

    /**
     * Reads {@code tokenizer.json} of a model folder and, where it is there, {@code tokenizer_config.json} (bos, eos and pad token).
     *
     * @throws TokenizerException as {@link #fromFile}, and if the configuration names a token that the tokenizer lacks
     */
    public static Tokenizer fromDirectory(Path modelDir) {
        return new Tokenizer(TokenizerJson.read(modelDir.resolve("tokenizer.json")), TokenizerConfig.read(modelDir),
                modelDir.resolve("tokenizer_config.json"));
    }

    /** The ids of {@code text} with the special tokens around it that the file's post-processor asks for. */
    public int[] encode(String text) {
        return encode(text, true);
    }

    /**
     * The ids of {@code text}. Special tokens written out in the text become their ids either way. A surrogate without its other half
     * counts as U+FFFD.
     *
     * @param addSpecialTokens whether the post-processor's special tokens (a bos, say) go around it
     */
    public int[] encode(String text, boolean addSpecialTokens) {
        var ids = new IntList();
        added.split(Unicode.wellFormed(text), ids::add, piece -> encodePiece(piece, ids));
        return addSpecialTokens ? postProcessor.process(ids.toArray()) : ids.toArray();
    }

    /** The text of {@code ids}; an id that means no token adds nothing, as in the original. */
    public String decode(int[] ids, boolean skipSpecialTokens) {
        var stream = streamingDecoder(skipSpecialTokens);
        for (int id : ids) {
            stream.accept(id);
        }
        return stream.flush();
    }

    /** A decoder for ids that come one by one. */
    public StreamingDecoder streamingDecoder(boolean skipSpecialTokens) {
        return streamingDecoder(skipSpecialTokens, Set.of());
    }

    /** A decoder for ids that come one by one, which skips special tokens other than {@code kept}. */
    public StreamingDecoder streamingDecoder(boolean skipSpecialTokens, Set<String> kept) {
        var keptIds = kept.stream().map(this::idOf).flatMapToInt(OptionalInt::stream).toArray();
        return new StreamingDecoder(this, decoder, skipSpecialTokens, keptIds);
    }

    /** How many tokens there are, added ones included. */
    public int vocabSize() {
        return vocabSize;
    }

    /** The highest id plus one: what an embedding needs at least. More than {@link #vocabSize} where ids are left out. */
    public int idBound() {
        return tokens.length;
    }

    /** The id of a token as the file spells it. */
    public OptionalInt idOf(String token) {
        var id = addedIds.getOrDefault(token, model.vocabulary().get(token));
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /**
     * The token as the file spells it, which for byte-level tokens is not the text it stands for.
     *
     * @throws IllegalArgumentException if no token has this id
     */
    public String tokenOf(int id) {
        if (!isToken(id)) {
            throw new IllegalArgumentException("no token has id " + id + "; ids are below " + tokens.length);
        }
        return tokens[id];
    }

    /** Whether {@code id} is a special token, one that is not part of the text proper. */
    public boolean isSpecial(int id) {
        return id >= 0 && special.get(id);
    }

    /** The begin-of-sequence token named in tokenizer_config.json. */
    public OptionalInt bosId() {
        return bosId;
    }

    /** The end-of-sequence token named in tokenizer_config.json. */
    public OptionalInt eosId() {
        return eosId;
    }

    /** The padding token named in tokenizer_config.json. */
    public OptionalInt padId() {
        return padId;
    }

    boolean isToken(int id) {
        return id >= 0 && id < tokens.length && tokens[id] != null;
    }

    private void encodePiece(Piece piece, IntList ids) {
        if (preTokenizer.isPresent()) {
            preTokenizer.get().split(piece, word -> model.encode(word.text(), ids));
        } else {
            model.encode(piece.text(), ids);
        }
    }

    private OptionalInt named(String field, Optional<String> token, Path source) {
        if (token.isEmpty()) {
            return OptionalInt.empty();
        }
        var id = idOf(token.get());
        if (id.isEmpty()) {
            throw new TokenizerException(source + ": " + field + " is '" + token.get() + "', which tokenizer.json has no token for");
        }
        return id;
    }
}
