package io.gatun.runtime.weights;

import io.gatun.kernels.AttentionOptions;

/** How far back the layers of a model look, which attention layers tell when they are made. */
public final class Visibility {
    private int window;

    /** One more layer sees {@code window} tokens; {@link AttentionOptions#NO_WINDOW} for all. */
    public void add(int layerWindow) {
        window = Math.max(window, layerWindow);
    }

    /** The most that any layer sees; {@link AttentionOptions#NO_WINDOW} also where none has told. */
    public int window() {
        return window == 0 ? AttentionOptions.NO_WINDOW : window;
    }
}
