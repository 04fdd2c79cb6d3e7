package io.gatun.bindings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.bindings.nvrtc.nvrtc_h;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

class NvrtcLibraryTest {

    @TempDir
    private Path folder;

    @Test
    void constantsNeedNoLibrary() {
        assertThat(nvrtc_h.NVRTC_ERROR_COMPILATION()).isEqualTo(6);
    }

    @Test
    void aDamagedLibraryIsNamed() throws IOException {
        var library = Files.writeString(folder.resolve("libnvrtc.so.13"), "not a library");
        assertThatThrownBy(() -> NvrtcLibrary.open(library)).isInstanceOf(NvrtcException.class)
            .hasMessageContaining(library.toString()).hasMessageContaining("cannot be loaded");
    }

    @Test
    void aLibraryThatWasCutShortIsAnErrorAndNoCrash() throws IOException {
        var whole = Files.readAllBytes(RealNvrtc.load().path());
        var library = Files.write(folder.resolve("libnvrtc.so.13"), Arrays.copyOf(whole, whole.length / 2));
        assertThatThrownBy(() -> NvrtcLibrary.open(library)).isInstanceOf(NvrtcException.class).hasMessageContaining("damaged");
    }

    @Test
    void aLibraryOfAnotherKindIsNamed() {
        var libc = Path.of("libc.so.6");
        assertThatThrownBy(() -> NvrtcLibrary.open(libc)).isInstanceOf(NvrtcException.class)
            .hasMessageContaining("libc.so.6 is no libnvrtc");
    }

    @Test
    void theLibraryKnowsItsVersionAndArchitectures() {
        var nvrtc = RealNvrtc.load();
        assertThat(nvrtc.version()).isGreaterThanOrEqualTo(NvrtcLibrary.OLDEST);
        assertThat(nvrtc.path()).exists();
        assertThat(nvrtc.supports(new ComputeCapability(9, 0))).isTrue();
        assertThat(nvrtc.supports(new ComputeCapability(1, 3))).isFalse();
    }

    @Test
    void aKernelBecomesACubinForHopper() {
        RealNvrtc.load();
        assertThat(compile("extern \"C\" __global__ void twice(float* x) { x[threadIdx.x] *= 2.f; }"))
            .startsWith(0x7f, 'E', 'L', 'F');
    }

    @Test
    void aFailedCompilationIsNamed() {
        RealNvrtc.load();
        assertThatThrownBy(() -> compile("__global__ void broken( {")).isInstanceOf(NvrtcException.class)
            .hasMessage("nvrtcCompileProgram: NVRTC_ERROR_COMPILATION (6)");
    }

    private static byte[] compile(String source) {
        try (var arena = Arena.ofConfined()) {
            var handle = arena.allocate(nvrtc_h.C_POINTER);
            var none = MemorySegment.NULL;
            NvrtcLibrary.check(nvrtc_h.nvrtcCreateProgram(handle, arena.allocateFrom(source), arena.allocateFrom("test.cu"), 0, none, none),
                "nvrtcCreateProgram");
            var program = handle.get(nvrtc_h.C_POINTER, 0);
            try {
                var option = arena.allocateFrom("--gpu-architecture=" + new ComputeCapability(9, 0).architecture());
                var options = arena.allocateFrom(nvrtc_h.C_POINTER, option);
                NvrtcLibrary.check(nvrtc_h.nvrtcCompileProgram(program, 1, options), "nvrtcCompileProgram");
                var size = arena.allocate(nvrtc_h.C_LONG);
                NvrtcLibrary.check(nvrtc_h.nvrtcGetCUBINSize(program, size), "nvrtcGetCUBINSize");
                var cubin = arena.allocate(size.get(nvrtc_h.C_LONG, 0));
                NvrtcLibrary.check(nvrtc_h.nvrtcGetCUBIN(program, cubin), "nvrtcGetCUBIN");
                return cubin.toArray(nvrtc_h.C_CHAR);
            } finally {
                NvrtcLibrary.check(nvrtc_h.nvrtcDestroyProgram(handle), "nvrtcDestroyProgram");
            }
        }
    }
}
