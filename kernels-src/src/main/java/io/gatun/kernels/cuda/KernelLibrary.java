package io.gatun.kernels.cuda;

import static io.gatun.bindings.Cuda.check;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.gatun.bindings.cuda.cuda_h;
import io.gatun.kernels.Progress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;

/** The kernels of one device: compiled on first demand, in parallel, or taken from the cache on disk. One thread asks for them. */
final class KernelLibrary implements AutoCloseable {
    private final int device;
    private final String architecture;
    private final KernelCompiler compiler;
    private final CubinCache cache;
    private final ExecutorService threads;
    private final Map<String, CompletableFuture<byte[]>> units = new HashMap<>();
    private final Map<String, MemorySegment> loaded = new HashMap<>();
    private final AtomicInteger compiled = new AtomicInteger();

    KernelLibrary(int device, String architecture, KernelCompiler compiler, CubinCache cache) {
        this.device = device;
        this.architecture = architecture;
        this.compiler = compiler;
        this.cache = cache;
        this.threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(),
                Thread.ofPlatform().name("gatun-nvrtc-", 0).daemon().factory());
    }

    /** The kernel for {@code spec}; its compilation starts now if it is new. */
    CudaFunction function(KernelSpec spec) {
        var code = units.computeIfAbsent(spec.unit(), unit -> CompletableFuture.supplyAsync(() -> cubin(spec), threads));
        boolean waitsItself = KernelSources.read(spec.source()).text().contains("waitForPreviousKernel()");
        return new CudaFunction(spec, device, waitsItself, () -> load(spec, code));
    }

    /** Waits until everything asked for so far is compiled. */
    void await(Progress progress) {
        var all = List.copyOf(units.keySet());
        for (int i = 0; i < all.size(); i++) {
            progress.report("compiling kernels", i, all.size());
            join(all.get(i), units.get(all.get(i)));
        }
        progress.report("compiling kernels", all.size(), all.size());
    }

    /** How many units were compiled, not found in the cache. */
    int compiledUnits() {
        return compiled.get();
    }

    @Override
    public void close() {
        threads.shutdown();
        loaded.values().forEach(library -> check(cuda_h.cuLibraryUnload(library), "cuLibraryUnload"));
        loaded.clear();
    }

    private byte[] cubin(KernelSpec spec) {
        var source = KernelSources.read(spec.source());
        String key = CubinCache.key(source, KernelCompiler.options(spec, architecture), compiler.version());
        return cache.load(key).orElseGet(() -> {
            compiled.incrementAndGet();
            byte[] code = compiler.compile(spec, source, architecture).code();
            cache.store(key, code);
            return code;
        });
    }

    private MemorySegment load(KernelSpec spec, CompletableFuture<byte[]> code) {
        try (var arena = Arena.ofConfined()) {
            var pointer = arena.allocate(ADDRESS);
            var library = loaded.computeIfAbsent(spec.unit(), unit -> {
                var image = arena.allocateFrom(JAVA_BYTE, join(unit, code));
                check(cuda_h.cuLibraryLoadData(pointer, image, MemorySegment.NULL, MemorySegment.NULL, 0, MemorySegment.NULL, MemorySegment.NULL, 0),
                        "cuLibraryLoadData");
                return pointer.get(ADDRESS, 0);
            });
            check(cuda_h.cuLibraryGetKernel(pointer, library, arena.allocateFrom(spec.entry())), "cuLibraryGetKernel(" + spec + ")");
            return pointer.get(ADDRESS, 0);
        }
    }

    /** The code of a unit. One that failed is forgotten, lest it fail others' preparation. */
    private byte[] join(String unit, CompletableFuture<byte[]> code) {
        try {
            return code.join();
        } catch (CompletionException e) {
            units.remove(unit, code);
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }
}
