package io.gatun.kernels.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.gatun.bindings.NvrtcLibrary;
import io.gatun.bindings.nvrtc.nvrtc_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Compiles CUDA C to cubins with NVRTC. Needs no GPU. Thread-safe. */
final class KernelCompiler {
    /** A system property: when kernels that do not stream weights release the next one, as {@code gatun.cuh} has it. */
    private static final String RELEASE = "gatun.release";

    /** Machine code with what the compiler said about it. */
    record Cubin(byte[] code, String log) {
    }

    private final NvrtcLibrary nvrtc;

    KernelCompiler(NvrtcLibrary nvrtc) {
        this.nvrtc = nvrtc;
    }

    /** NVRTC's version, such as {@code 13.0}. */
    String version() {
        return nvrtc.version().toString();
    }

    /** The flags that a unit is compiled with. */
    static List<String> options(KernelSpec spec, String architecture) {
        var options = new ArrayList<>(List.of("--gpu-architecture=" + architecture, "-std=c++20", "-default-device", "--ptxas-options=--verbose",
                "--ptxas-options=--warn-on-local-memory-usage", "--ptxas-options=--warn-on-spills"));
        Optional.ofNullable(System.getProperty(RELEASE)).ifPresent(when -> options.add("-DRELEASE=" + when));
        spec.constants().forEach((name, value) -> options.add("-D" + name + "=" + value));
        return options;
    }

    /**
     * Compiles one unit.
     *
     * @throws KernelCompileException with the compiler's log
     */
    Cubin compile(KernelSpec spec, KernelSources.Source source, String architecture) {
        try (var arena = Arena.ofConfined()) {
            var pointer = arena.allocate(ADDRESS);
            var headers = List.copyOf(source.headers().entrySet());
            check(nvrtc_h.nvrtcCreateProgram(pointer, arena.allocateFrom(source.text()), arena.allocateFrom(source.file()), headers.size(),
                    strings(arena, headers.stream().map(h -> h.getValue()).toList()),
                    strings(arena, headers.stream().map(h -> h.getKey()).toList())), "nvrtcCreateProgram");
            var program = pointer.get(ADDRESS, 0);
            try {
                var options = options(spec, architecture);
                int result = nvrtc_h.nvrtcCompileProgram(program, options.size(), strings(arena, options));
                String log = log(arena, program);
                if (result != nvrtc_h.NVRTC_SUCCESS()) {
                    throw new KernelCompileException(spec + " does not compile for " + architecture + ":\n" + log);
                }
                return new Cubin(code(arena, program), log);
            } finally {
                nvrtc_h.nvrtcDestroyProgram(pointer);
            }
        }
    }

    private static String log(Arena arena, MemorySegment program) {
        var size = arena.allocate(JAVA_LONG);
        check(nvrtc_h.nvrtcGetProgramLogSize(program, size), "nvrtcGetProgramLogSize");
        var text = arena.allocate(size.get(JAVA_LONG, 0));
        check(nvrtc_h.nvrtcGetProgramLog(program, text), "nvrtcGetProgramLog");
        return text.getString(0);
    }

    private static byte[] code(Arena arena, MemorySegment program) {
        var size = arena.allocate(JAVA_LONG);
        check(nvrtc_h.nvrtcGetCUBINSize(program, size), "nvrtcGetCUBINSize");
        var code = arena.allocate(size.get(JAVA_LONG, 0));
        check(nvrtc_h.nvrtcGetCUBIN(program, code), "nvrtcGetCUBIN");
        return code.toArray(JAVA_BYTE);
    }

    private static MemorySegment strings(Arena arena, List<String> values) {
        var array = arena.allocate(ADDRESS, Math.max(1, values.size()));
        for (int i = 0; i < values.size(); i++) {
            array.setAtIndex(ADDRESS, i, arena.allocateFrom(values.get(i)));
        }
        return array;
    }

    private static void check(int result, String call) {
        NvrtcLibrary.check(result, call);
    }
}
