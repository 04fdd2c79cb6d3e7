package io.gatun.runtime.multimodal;

import java.util.ArrayList;
import java.util.List;

/** A place in a text where a picture shall stand. */
record Placeholder(Modality modality, int start, int end) {

    /** All places of a text, in order. */
    static List<Placeholder> findAll(String text, MultimodalProcessor processor) {
        var all = new ArrayList<Placeholder>();
        int from = 0;
        while (true) {
            Placeholder next = null;
            for (var modality : Modality.values()) {
                var placeholder = processor.placeholder(modality);
                int at = placeholder.isEmpty() ? -1 : text.indexOf(placeholder.get(), from);
                if (at >= 0 && (next == null || at < next.start)) {
                    next = new Placeholder(modality, at, at + placeholder.get().length());
                }
            }
            if (next == null) {
                return all;
            }
            all.add(next);
            from = next.end;
        }
    }
}
