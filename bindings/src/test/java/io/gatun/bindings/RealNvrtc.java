package io.gatun.bindings;

import org.opentest4j.TestAbortedException;

/** The machine's NVRTC, for tests that say they were skipped where there is none. */
final class RealNvrtc {
    private RealNvrtc() {
    }

    static NvrtcLibrary load() {
        try {
            return NvrtcLibrary.load();
        } catch (NvrtcException e) {
            throw new TestAbortedException(e.getMessage());
        }
    }
}
