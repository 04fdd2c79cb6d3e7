package io.gatun.runtime.tokenizer;

import java.util.List;

/** Makes text of tokens again: opens the chain of stages that the tokens run through, one chain for each sequence of ids. */
@FunctionalInterface
interface Decoder {
    /** What a file without a decoder means: the tokens with a space between them. */
    Decoder SPACED = DecodeStage.Spaced::new;

    /** A fresh stage whose results go to {@code next}. */
    DecodeStage open(DecodeStage next);

    static Decoder read(Component json) {
        return switch (json.type()) {
            case "Sequence" -> sequence(json.children("decoders").stream().map(Decoder::read).toList());
            case "ByteLevel" -> DecodeStage.Bytes::new;
            case "Replace" -> {
                var replace = new Normalizer.Replace(TextPattern.read(json, "pattern"), json.text("content"));
                yield next -> new DecodeStage.Replace(next, replace);
            }
            case "ByteFallback" -> DecodeStage.ByteFallback::new;
            case "Fuse" -> DecodeStage.Fuse::new;
            case "Strip" -> {
                var content = Character.toString(json.codePoint("content"));
                int start = json.number("start");
                int stop = json.number("stop");
                yield next -> new DecodeStage.Strip(next, content, start, stop);
            }
            case "Metaspace" -> {
                var replacement = Character.toString(json.codePoint("replacement"));
                boolean prepended = PrependScheme.read(json) != PrependScheme.NEVER;
                yield next -> new DecodeStage.Metaspace(next, replacement, prepended);
            }
            default -> throw json.unsupportedType("Sequence, ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace");
        };
    }

    private static Decoder sequence(List<Decoder> decoders) {
        return next -> {
            var stage = next;
            for (var decoder : decoders.reversed()) {
                stage = decoder.open(stage);
            }
            return stage;
        };
    }
}
