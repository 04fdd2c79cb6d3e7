package io.gatun.kernels.cuda;

import static org.junit.jupiter.api.Assumptions.abort;

import io.gatun.bindings.NvrtcException;
import io.gatun.bindings.NvrtcLibrary;

/** The compiler for tests, which are reported as skipped where there is none. */
final class Nvrtc {
    private Nvrtc() {
    }

    static KernelCompiler compiler() {
        try {
            return new KernelCompiler(NvrtcLibrary.load());
        } catch (NvrtcException e) {
            return abort("kernels cannot be compiled: " + e.getMessage());
        }
    }
}
