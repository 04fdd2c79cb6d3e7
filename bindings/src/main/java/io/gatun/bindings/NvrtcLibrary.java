package io.gatun.bindings;

import io.gatun.bindings.nvrtc.nvrtc_h;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** NVRTC, the run-time compiler of CUDA C: found, loaded, and its results turned into exceptions. Its functions are in {@link nvrtc_h}. */
public final class NvrtcLibrary {

    /** The oldest NVRTC that Gatun accepts; 13.x and later ones are welcome as far as the driver loads their cubins. */
    public static final CudaVersion OLDEST = new CudaVersion(12, 0);

    private final Path path;
    private final CudaVersion version;
    private final SymbolLookup symbols;

    private NvrtcLibrary(Path path, CudaVersion version, SymbolLookup symbols) {
        this.path = path;
        this.version = version;
        this.symbols = symbols;
    }

    /**
     * The NVRTC of this process, looked for once, at the first call: system property {@code gatun.nvrtc} or environment variable
     * {@code GATUN_NVRTC} (a file or folder); the loader's library path; {@code CUDA_HOME}, {@code CUDA_PATH} and the usual toolkit
     * folders; {@link #gatunFolder()}. Prefers one whose cubins the driver loads.
     *
     * @throws NvrtcException if there is none, or the one that was found or named cannot be used
     */
    public static NvrtcLibrary load() {
        return switch (Process.NVRTC) {
            case Result.Loaded(var library) -> library;
            case Result.Failed(var message) -> throw new NvrtcException(message);
        };
    }

    /**
     * Loads a certain libnvrtc, for good, with the builtins that lie beside it.
     *
     * @throws NvrtcException if the file is no libnvrtc for this machine, is older than {@link #OLDEST}, or lacks its builtins
     */
    public static NvrtcLibrary open(Path library) {
        var symbols = dlopen(library).orElseThrow(() -> new NvrtcException(
            library + " cannot be loaded: it is missing, damaged, or not for " + System.getProperty("os.arch")));
        var version = version(symbols, library);
        if (version.compareTo(OLDEST) < 0) {
            throw new NvrtcException("NVRTC " + version + " (" + library + ") is too old: Gatun needs " + OLDEST + " or later");
        }
        // NVRTC looks for its builtins by name when it first compiles and finds them if they are loaded; it fails with error 7 if not.
        var builtins = "libnvrtc-builtins.so." + version;
        if (dlopen(library.resolveSibling(builtins)).isEmpty() && dlopen(Path.of(builtins)).isEmpty()) {
            throw new NvrtcException("NVRTC " + version + " (" + library + ") lacks " + builtins + ", which belongs beside it");
        }
        return new NvrtcLibrary(library, version, symbols);
    }

    /** Gatun's own folder for NVRTC, {@code ${XDG_DATA_HOME:-~/.local/share}/gatun/nvrtc}, filled by {@code gatun setup-nvrtc}. */
    public static Path gatunFolder() {
        return NvrtcSearch.ofThisMachine().gatunFolder();
    }

    /**
     * Throws if a call did not succeed.
     *
     * @param result the {@code nvrtcResult} that was returned
     * @param call   the function's name, a constant
     * @throws NvrtcException if {@code result} is not {@code NVRTC_SUCCESS}
     */
    public static void check(int result, String call) {
        if (result != 0) {
            var name = nvrtc_h.nvrtcGetErrorString(result).getString(0);
            throw new NvrtcException(call + ": " + name + " (" + result + ")");
        }
    }

    /** The functions of this process's NVRTC for the generated code; none where {@link #load()} throws. */
    public static SymbolLookup symbols() {
        return switch (Process.NVRTC) {
            case Result.Loaded(var library) -> library.symbols;
            case Result.Failed ignored -> name -> Optional.empty();
        };
    }

    /** The file that was loaded. */
    public Path path() {
        return path;
    }

    public CudaVersion version() {
        return version;
    }

    /** Whether this NVRTC compiles for a device. */
    public boolean supports(ComputeCapability capability) {
        try (var arena = Arena.ofConfined()) {
            var count = arena.allocate(ValueLayout.JAVA_INT);
            call(symbols, path, "nvrtcGetNumSupportedArchs", count);
            var architectures = arena.allocate(ValueLayout.JAVA_INT, count.get(ValueLayout.JAVA_INT, 0));
            call(symbols, path, "nvrtcGetSupportedArchs", architectures);
            return Arrays.stream(architectures.toArray(ValueLayout.JAVA_INT)).anyMatch(number -> number == capability.number());
        }
    }

    @Override
    public String toString() {
        return "NVRTC " + version + " (" + path + ")";
    }

    private static Optional<SymbolLookup> dlopen(Path library) {
        if (library.isAbsolute() && !ElfFile.isComplete(library)) {
            return Optional.empty();
        }
        try {
            return Optional.of(SymbolLookup.libraryLookup(library.toString(), Arena.global()));
        } catch (IllegalArgumentException notALibraryHere) {
            return Optional.empty();
        }
    }

    private static CudaVersion version(SymbolLookup symbols, Path library) {
        try (var arena = Arena.ofConfined()) {
            var major = arena.allocate(ValueLayout.JAVA_INT);
            var minor = arena.allocate(ValueLayout.JAVA_INT);
            call(symbols, library, "nvrtcVersion", major, minor);
            return new CudaVersion(major.get(ValueLayout.JAVA_INT, 0), minor.get(ValueLayout.JAVA_INT, 0));
        }
    }

    /** Calls a function of this library, where {@link nvrtc_h} would call the process's. */
    private static void call(SymbolLookup symbols, Path library, String function, MemorySegment... pointers) {
        var address = symbols.find(function).orElseThrow(() -> new NvrtcException(library + " is no libnvrtc: it has no " + function));
        var arguments = new ValueLayout[pointers.length];
        Arrays.fill(arguments, ValueLayout.ADDRESS);
        MethodHandle handle = Linker.nativeLinker().downcallHandle(address, FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
        try {
            int result = (int) handle.invokeWithArguments((Object[]) pointers);
            if (result != 0) {
                throw new NvrtcException(library + ": " + function + " failed with " + result);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a downcall throws nothing checked", e);
        }
    }

    private sealed interface Result {
        record Loaded(NvrtcLibrary library) implements Result {
        }

        record Failed(String message) implements Result {
        }
    }

    private static final class Process {
        static final Result NVRTC = search();

        private static Result search() {
            try {
                int newest = Cuda.driverVersion().map(CudaVersion::major).orElse(Integer.MAX_VALUE);
                return new Result.Loaded(open(NvrtcSearch.ofThisMachine().find(newest)));
            } catch (NvrtcException | CudaException e) {
                return new Result.Failed(e.getMessage());
            }
        }
    }
}
