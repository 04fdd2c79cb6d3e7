package io.gatun.memory;

import static org.junit.jupiter.api.Assumptions.abort;

import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaStatus.Available;
import io.gatun.bindings.CudaStatus.Unavailable;

/** The GPU of a test; without one the test is skipped with the reason. */
final class Gpu {
    private Gpu() {
    }

    static CudaDevice open() {
        return switch (Cuda.probe()) {
            case Available found -> CudaDevice.open(found.device());
            case Unavailable missing -> abort(missing.message());
        };
    }
}
