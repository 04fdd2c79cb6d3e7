package io.gatun.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.gatun.bindings.CudaStatus.Available;
import io.gatun.bindings.CudaStatus.Unavailable;
import io.gatun.bindings.cuda.cuda_h;
import org.junit.jupiter.api.Test;

import java.lang.reflect.Method;
import java.util.Arrays;

class CudaGpuTest {

    @Test
    void probeDescribesTheDevice() {
        var device = device();
        assertThat(device.name()).startsWith("NVIDIA");
        assertThat(device.computeCapability()).isGreaterThanOrEqualTo(Cuda.OLDEST_DEVICE);
        assertThat(device.driver()).isGreaterThanOrEqualTo(Cuda.OLDEST_DRIVER);
        assertThat(device.totalMemory()).isGreaterThan(1L << 30);
        assertThat(device.multiprocessors()).isPositive();
    }

    @Test
    void theDriverHasEveryBoundFunction() {
        device();
        var functions = Arrays.stream(cuda_h.class.getMethods()).map(Method::getName)
            .filter(name -> name.matches("cu[A-Z][A-Za-z0-9_]*")).distinct().toList();
        assertThat(functions).contains("cuInit", "cuLaunchKernelEx")
            .allSatisfy(name -> assertThat(Cuda.symbols().find(name)).as(name).isPresent());
    }

    @Test
    void errorsCarryCudasOwnNameAndText() {
        device();
        assertThat(CudaException.of(cuda_h.CUDA_ERROR_OUT_OF_MEMORY(), "cuMemAlloc_v2"))
            .hasMessage("cuMemAlloc_v2: CUDA_ERROR_OUT_OF_MEMORY (2): out of memory");
    }

    private static Available device() {
        return switch (Cuda.probe()) {
            case Available available -> available;
            case Unavailable unavailable -> abort(unavailable.message());
        };
    }
}
