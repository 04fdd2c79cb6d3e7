package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelCompilerTest {
    private static final KernelSpec SPEC = KernelSpec.of("broken", "broken").with("N", 3);

    @Test
    void anErrorNamesKernelArchitectureFileAndLine() {
        var source = new KernelSources.Source("broken.cu", "#include \"own.cuh\"\nextern \"C\" __global__ void broken(float* x) {\n    x[0] = nothing;\n}\n",
                Map.of("own.cuh", "\n"));
        var compiler = Nvrtc.compiler();
        assertThatThrownBy(() -> compiler.compile(SPEC, source, "sm_80")).isInstanceOf(KernelCompileException.class)
                .hasMessageContaining("broken (broken.cu N=3) does not compile for sm_80").hasMessageContaining("broken.cu(3)")
                .hasMessageContaining("\"nothing\" is undefined");
    }

    @Test
    void anErrorInAHeaderNamesTheHeader() {
        var source = new KernelSources.Source("broken.cu", "#include \"own.cuh\"\n", Map.of("own.cuh", "int x = ;\n"));
        var compiler = Nvrtc.compiler();
        assertThatThrownBy(() -> compiler.compile(SPEC, source, "sm_80")).hasMessageContaining("own.cuh(1)");
    }

    @Test
    void constantsReachTheSource() {
        var compiler = Nvrtc.compiler();
        var source = new KernelSources.Source("sized.cu", "static_assert(N == 3);\nextern \"C\" __global__ void broken() {}\n", Map.of());
        assertThat(compiler.compile(SPEC, source, "sm_90a").code()).startsWith(0x7f, 'E', 'L', 'F');
    }

    @Test
    void theLibraryCompilesAUnitOnceAndThenTakesItFromTheCache(@TempDir Path folder) throws Exception {
        var compiler = Nvrtc.compiler();
        int first;
        try (var library = new KernelLibrary(0, "sm_80", compiler, new CubinCache(folder))) {
            library.function(KernelSpec.of("cast", "cast").with("T", "f32").with("OUT", "bf16"));
            library.await((task, done, total) -> { });
            first = library.compiledUnits();
        }
        assertThat(first).isEqualTo(1);
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(1);
        }
        try (var library = new KernelLibrary(0, "sm_80", compiler, new CubinCache(folder))) {
            library.function(KernelSpec.of("cast", "cast").with("T", "f32").with("OUT", "bf16"));
            library.await((task, done, total) -> { });
            assertThat(library.compiledUnits()).isZero();
        }
    }
}
