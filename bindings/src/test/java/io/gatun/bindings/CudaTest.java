package io.gatun.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatun.bindings.CudaStatus.Available;
import io.gatun.bindings.CudaStatus.Reason;
import io.gatun.bindings.CudaStatus.Unavailable;
import io.gatun.bindings.cuda.CUlaunchAttribute_st;
import io.gatun.bindings.cuda.CUlaunchConfig_st;
import io.gatun.bindings.cuda.cuda_h;
import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;

class CudaTest {

    @Test
    void constantsAndLayoutsNeedNoDriver() {
        assertThat(cuda_h.CUDA_ERROR_OUT_OF_MEMORY()).isEqualTo(2);
        assertThat(cuda_h.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR()).isEqualTo(75);
        assertThat(CUlaunchConfig_st.sizeof()).isEqualTo(56);
        assertThat(CUlaunchAttribute_st.sizeof()).isEqualTo(72);
    }

    @Test
    void probeSaysThatThereIsNoLibcuda() {
        assumeNoDriver();
        assertThat(Cuda.probe()).isInstanceOfSatisfying(Unavailable.class, status -> {
            assertThat(status.reason()).isEqualTo(Reason.NO_LIBCUDA);
            assertThat(status.message()).contains("libcuda.so.1", "install the NVIDIA driver", "--gpus");
        });
        assertThat(Cuda.driverVersion()).isEmpty();
    }

    @Test
    void probeNeverThrows() {
        assertThatCode(() -> Cuda.probe(-1)).doesNotThrowAnyException();
        assertThat(Cuda.probe(1 << 20)).isInstanceOf(Unavailable.class);
    }

    @Test
    void callingTheDriverWithoutOneNamesTheFunction() {
        assumeNoDriver();
        assertThatThrownBy(() -> cuda_h.cuCtxSynchronize()).isInstanceOf(UnsatisfiedLinkError.class)
            .hasMessageContaining("cuCtxSynchronize");
    }

    @Test
    void checkPassesSuccessAndThrowsTheRest() {
        assertThatCode(() -> Cuda.check(cuda_h.CUDA_SUCCESS(), "cuMemAlloc_v2")).doesNotThrowAnyException();
        assertThatThrownBy(() -> Cuda.check(cuda_h.CUDA_ERROR_OUT_OF_MEMORY(), "cuMemAlloc_v2"))
            .isInstanceOfSatisfying(CudaException.class, e -> {
                assertThat(e.result()).isEqualTo(2);
                assertThat(e.call()).isEqualTo("cuMemAlloc_v2");
            })
            .hasMessageStartingWith("cuMemAlloc_v2: ");
    }

    @Test
    void tensorMapsAreAligned() {
        try (var arena = Arena.ofConfined()) {
            arena.allocate(1);
            var map = Cuda.allocateTensorMap(arena);
            assertThat(map.byteSize()).isEqualTo(128);
            assertThat(map.address() % 128).isZero();
        }
    }

    @Test
    void driverNumbersBecomeVersions() {
        assertThat(CudaVersion.ofDriver(12040)).isEqualTo(new CudaVersion(12, 4)).hasToString("12.4");
        assertThat(new CudaVersion(12, 9)).isLessThan(new CudaVersion(13, 0)).isGreaterThan(new CudaVersion(12, 8));
    }

    @Test
    void architecturesFromHopperOnAreTheirOwn() {
        assertThat(new ComputeCapability(8, 9).architecture()).isEqualTo("sm_89");
        assertThat(new ComputeCapability(9, 0).architecture()).isEqualTo("sm_90a");
        assertThat(new ComputeCapability(10, 0).architecture()).isEqualTo("sm_100a");
    }

    @Test
    void anNvrtcThatDoesNotSuitTheDriverOrTheDeviceIsReported() {
        var nvrtc = RealNvrtc.load();
        var driver = new CudaVersion(nvrtc.version().major(), 0);
        var hopper = new ComputeCapability(9, 0);

        assertThat(Probe.compiler(new Available(0, "H200", hopper, 132, 1L << 37, driver, nvrtc))).isInstanceOf(Available.class);
        assertThat(reason(new Available(0, "H200", hopper, 132, 1L << 37, new CudaVersion(driver.major() - 1, 9), nvrtc)))
            .isEqualTo(Reason.NVRTC_TOO_NEW);
        assertThat(reason(new Available(0, "X1", new ComputeCapability(99, 0), 132, 1L << 37, driver, nvrtc)))
            .isEqualTo(Reason.NVRTC_TOO_OLD);
    }

    private static Reason reason(Available found) {
        return ((Unavailable) Probe.compiler(found)).reason();
    }

    private static void assumeNoDriver() {
        assumeTrue(Cuda.driverVersion().isEmpty(), "this machine has an NVIDIA driver");
    }
}
