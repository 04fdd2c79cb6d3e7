package io.gatun.runtime.tokenizer;

import java.util.ArrayList;
import java.util.List;

/**
 * The special tokens that go around an encoded text.
 *
 * @param before ids in front of the text
 * @param after  ids behind it
 */
record PostProcessor(int[] before, int[] after) {
    static final PostProcessor NONE = new PostProcessor(new int[0], new int[0]);

    static PostProcessor read(Component json) {
        return switch (json.type()) {
            case "TemplateProcessing" -> template(json);
            case "ByteLevel" -> NONE;
            case "Sequence" -> sequence(json);
            default -> throw json.unsupportedType("TemplateProcessing, ByteLevel, Sequence");
        };
    }

    int[] process(int[] ids) {
        var out = new IntList();
        out.addAll(before);
        out.addAll(ids);
        out.addAll(after);
        return out.toArray();
    }

    private static PostProcessor template(Component json) {
        var before = new IntList();
        var after = new IntList();
        int sequences = 0;
        for (var piece : json.children("single")) {
            if (piece.has("Sequence")) {
                sequences += piece.child("Sequence").text("id").equals("A") ? 1 : 2;
            } else {
                var ids = special(json, piece.child("SpecialToken"));
                (sequences == 0 ? before : after).addAll(ids);
            }
        }
        if (sequences != 1) {
            throw json.error("the template for a single text must hold {\"Sequence\": {\"id\": \"A\"}} exactly once and no B");
        }
        return new PostProcessor(before.toArray(), after.toArray());
    }

    private static int[] special(Component template, Component piece) {
        var name = piece.text("id");
        var tokens = template.child("special_tokens");
        if (!tokens.has(name)) {
            throw piece.error("special token " + name + " is not among " + tokens.place());
        }
        var ids = tokens.child(name).json().path("ids");
        var out = new IntList();
        for (var id : ids) {
            if (!id.canConvertToInt() || id.intValue() < 0) {
                throw tokens.error("ids of " + name + " must be token ids, not " + ids);
            }
            out.add(id.intValue());
        }
        return out.toArray();
    }

    private static PostProcessor sequence(Component json) {
        List<PostProcessor> adding = new ArrayList<>();
        for (var child : json.children("processors")) {
            var processor = read(child);
            if (processor.before.length + processor.after.length > 0) {
                adding.add(processor);
            }
        }
        if (adding.size() > 1) {
            throw json.error("only one processor of a Sequence may add tokens, here " + adding.size() + " do");
        }
        return adding.isEmpty() ? NONE : adding.getFirst();
    }
}
