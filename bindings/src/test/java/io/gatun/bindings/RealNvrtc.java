package io.gatun.bindings;

import static org.junit.jupiter.api.Assumptions.abort;

/** The machine's NVRTC, for tests that say they were skipped where there is none. */
final class RealNvrtc {
    private RealNvrtc() {
    }

    static NvrtcLibrary load() {
        try {
            return NvrtcLibrary.load();
        } catch (NvrtcException e) {
            return abort(e.getMessage());
        }
    }
}
