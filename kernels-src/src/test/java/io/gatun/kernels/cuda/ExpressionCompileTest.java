package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.Progress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the compiler says to callers' expressions that are one expression in form. */
class ExpressionCompileTest {
    private static final Progress SILENT = (task, done, total) -> { };

    private final KernelCompiler compiler = Nvrtc.compiler();

    @Test
    void anUnknownNameIsShown() {
        assertThatThrownBy(() -> compile("x + temprature")).isInstanceOf(KernelCompileException.class)
                .hasMessageContaining("elementwise.cu EXPRESSION=x + temprature").hasMessageContaining("\"temprature\" is undefined");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.f, x", "x ? 1", "x = 2.f", "<% x %>", "x <% %>", "return x", "void", "__syncthreads()", "blockSum", "%: define x"})
    void whatIsNoValueDoesNotCompile(String cuda) {
        assertThatThrownBy(() -> compile(cuda)).isInstanceOf(KernelCompileException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x > 0.f ? sqrtf(x) : x", "-INFINITY", "1", "x > 0.f", "(1.f, x)", "fminf(x, 2.f)"})
    void whatIsAValueCompiles(String cuda) {
        assertThat(compile(cuda).code()).isNotEmpty();
    }

    @Test
    void aBrokenExpressionFailsEachUseButNoOthersPreparation(@TempDir Path folder) {
        try (var library = new KernelLibrary(0, "sm_80", compiler, new CubinCache(folder))) {
            var broken = library.function(spec("nothing"));
            assertThatThrownBy(() -> broken.handle(0)).isInstanceOf(KernelCompileException.class).hasMessageContaining("\"nothing\" is undefined");
            assertThatThrownBy(() -> broken.handle(0)).isInstanceOf(KernelCompileException.class);
            library.function(spec("x"));
            library.await(SILENT);
            library.function(spec("nothing"));
            assertThatThrownBy(() -> library.await(SILENT)).isInstanceOf(KernelCompileException.class);
            library.await(SILENT);
        }
    }

    private KernelCompiler.Cubin compile(String cuda) {
        return compiler.compile(spec(cuda), KernelSources.read("elementwise"), "sm_80");
    }

    private static KernelSpec spec(String cuda) {
        return KernelSpec.of("elementwise", "elementwise").with("EXPRESSION", cuda).with("T", "f32").with("VEC", 1);
    }
}
