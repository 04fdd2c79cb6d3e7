package io.gatun.kernels.cuda;

import static io.gatun.bindings.Cuda.check;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.gatun.bindings.cuda.CUlaunchAttributeValue_union;
import io.gatun.bindings.cuda.CUlaunchAttribute_st;
import io.gatun.bindings.cuda.CUlaunchConfig_st;
import io.gatun.bindings.cuda.cuda_h;
import io.gatun.kernels.Progress;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Launches kernels on a device's stream. The block of arguments is reused, so that a launch allocates nothing:
 * {@code launcher.kernel(function).arg(x).arg(n).launch(grid, threads, sharedBytes)}. One thread at a time.
 */
final class Launcher implements AutoCloseable {
    private static final int MAX_ARGUMENTS = 32;
    /** The compute capability, times ten, that has it. */
    private static final int PROGRAMMATIC_LAUNCH = 90;

    private final CudaDevice device;
    private final KernelLibrary library;
    private final Map<Record, CudaFunction> functions = new HashMap<>();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment values = arena.allocate(JAVA_LONG, MAX_ARGUMENTS);
    private final MemorySegment pointers = arena.allocate(ADDRESS, MAX_ARGUMENTS);
    private final MemorySegment[] slots = values.elements(JAVA_LONG).toArray(MemorySegment[]::new);
    private final MemorySegment config;
    private final Scratch scratch;
    private CudaFunction function;
    private int count;
    private boolean dry;

    Launcher(CudaDevice device, KernelLibrary library) {
        this.device = device;
        this.library = library;
        this.config = config();
        this.scratch = new Scratch(device);
    }

    CudaDevice device() {
        return device;
    }

    /** Memory for what one operation hands from one of its kernels to the next. */
    Scratch scratch() {
        return scratch;
    }

    /**
     * The kernel for {@code key}, which is made once.
     *
     * @param key a record with all that {@code spec} depends on, of a type of the calling class
     */
    <K extends Record> CudaFunction function(K key, Function<K, KernelSpec> spec) {
        var found = functions.get(key);
        if (found == null) {
            found = library.function(spec.apply(key));
            functions.put(key, found);
        }
        return found;
    }

    /** Begins a launch. */
    Launcher kernel(CudaFunction kernel) {
        function = kernel;
        count = 0;
        return this;
    }

    /**
     * Begins a launch of a kernel with a caller's expression in it, which is compiled when this returns.
     *
     * @throws IllegalArgumentException if the expression does not compile, with what the compiler said
     */
    Launcher kernel(CudaFunction kernel, String expressionName) {
        try {
            kernel.handle(0);
        } catch (KernelCompileException e) {
            throw new IllegalArgumentException("the CUDA expression '" + expressionName + "' is wrong: " + e.getMessage(), e);
        }
        return kernel(kernel);
    }

    Launcher arg(Tensor tensor) {
        return arg(tensor.address());
    }

    Launcher arg(long value) {
        values.setAtIndex(JAVA_LONG, count, value);
        return next();
    }

    Launcher arg(int value) {
        values.set(JAVA_INT, count * JAVA_LONG.byteSize(), value);
        return next();
    }

    Launcher arg(float value) {
        values.set(JAVA_FLOAT, count * JAVA_LONG.byteSize(), value);
        return next();
    }

    /** An argument passed by value from memory that lives until the launch returns. */
    Launcher argByValue(MemorySegment struct) {
        pointers.setAtIndex(ADDRESS, count++, struct);
        return this;
    }

    /** Launches on a one-dimensional grid. */
    void launch(int gridX, int threads, int sharedBytes) {
        launch(gridX, 1, 1, threads, sharedBytes);
    }

    /** Launches; a grid without blocks does nothing. */
    void launch(int gridX, int gridY, int gridZ, int threads, int sharedBytes) {
        if (dry || gridX == 0 || gridY == 0 || gridZ == 0) {
            return;
        }
        int result = function.waitsItself() && device.computeCapability() >= PROGRAMMATIC_LAUNCH
                ? launchEarly(gridX, gridY, gridZ, threads, sharedBytes)
                : cuda_h.cuLaunchKernel(function.handle(sharedBytes), gridX, gridY, gridZ, threads, 1, 1, sharedBytes, device.stream().handle(), pointers,
                        MemorySegment.NULL);
        if (result != 0) {
            check(result, "cuLaunchKernel of " + function + ", grid " + gridX + "x" + gridY + "x" + gridZ + ", " + threads + " threads, "
                    + sharedBytes + " bytes of shared memory");
        }
    }

    /** Whether launches only compile. */
    boolean isDry() {
        return dry;
    }

    /** Runs {@code steps} without launching anything, and compiles what they would have launched. */
    int prepare(Runnable steps, Progress progress) {
        int before = library.compiledUnits();
        dry = true;
        try {
            steps.run();
        } finally {
            dry = false;
        }
        library.await(progress);
        return library.compiledUnits() - before;
    }

    @Override
    public void close() {
        scratch.close();
        library.close();
        arena.close();
    }

    /** Programmatic dependent launch: the kernel may start while the one before it ends. */
    private int launchEarly(int gridX, int gridY, int gridZ, int threads, int sharedBytes) {
        CUlaunchConfig_st.gridDimX(config, gridX);
        CUlaunchConfig_st.gridDimY(config, gridY);
        CUlaunchConfig_st.gridDimZ(config, gridZ);
        CUlaunchConfig_st.blockDimX(config, threads);
        CUlaunchConfig_st.sharedMemBytes(config, sharedBytes);
        return cuda_h.cuLaunchKernelEx(config, function.handle(sharedBytes), pointers, MemorySegment.NULL);
    }

    private MemorySegment config() {
        var attribute = CUlaunchAttribute_st.allocate(arena);
        CUlaunchAttribute_st.id(attribute, cuda_h.CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION());
        CUlaunchAttributeValue_union.programmaticStreamSerializationAllowed(CUlaunchAttribute_st.value(attribute), 1);
        var made = CUlaunchConfig_st.allocate(arena);
        CUlaunchConfig_st.blockDimY(made, 1);
        CUlaunchConfig_st.blockDimZ(made, 1);
        CUlaunchConfig_st.hStream(made, device.stream().handle());
        CUlaunchConfig_st.attrs(made, attribute);
        CUlaunchConfig_st.numAttrs(made, 1);
        return made;
    }

    private Launcher next() {
        pointers.setAtIndex(ADDRESS, count, slots[count]);
        count++;
        return this;
    }
}
