package io.gatun.runtime.multimodal;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Gives each picture an id of its own, beyond every vocabulary, which stands for its tokens where prefixes are compared (SGLang's pad_value, which is a
 * hash of 30 bits and can be that of two pictures). An id is forgotten after many others were used since; the picture then gets another, and shares
 * nothing it could have shared. Thread-safe.
 */
public final class MediaIds {
    /** The first id. */
    public static final int BASE = 1 << 30;
    private static final int REMEMBERED = 1 << 16;

    private final int remembered;
    private final int idCount;
    private final Map<MediaKey, Integer> ids = new LinkedHashMap<>(16, 0.75f, true);
    private final Set<Integer> taken = new HashSet<>();
    private int next;

    public MediaIds() {
        this(REMEMBERED, Integer.MAX_VALUE - BASE);
    }

    MediaIds(int remembered, int idCount) {
        this.remembered = remembered;
        this.idCount = idCount;
    }

    /** The id of a picture. */
    public synchronized int idOf(MediaKey key) {
        var known = ids.get(key);
        if (known != null) {
            return known;
        }
        if (ids.size() == remembered) {
            var eldest = ids.entrySet().iterator();
            taken.remove(eldest.next().getValue());
            eldest.remove();
        }
        do {
            next = (next + 1) % idCount;
        } while (taken.contains(BASE + next));
        ids.put(key, BASE + next);
        taken.add(BASE + next);
        return BASE + next;
    }
}
