package io.gatun.memory;

import static io.gatun.bindings.Cuda.check;
import static java.lang.foreign.ValueLayout.ADDRESS;

import io.gatun.bindings.cuda.cuda_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Work of a stream, recorded once and launched as often as wanted, each time in one call. It works on the addresses that it was recorded with, which must
 * stay allocated for as long as it is launched.
 */
public final class CudaGraph implements AutoCloseable {
    private final MemorySegment exec;

    private CudaGraph(MemorySegment exec) {
        this.exec = exec;
    }

    /**
     * Records what {@code work} puts into {@code stream}, without running it. Meanwhile the calling thread must not allocate or free memory of the device,
     * load kernels or wait for it; other threads may. Whatever goes wrong, the stream can be used as before.
     *
     * @throws io.gatun.bindings.CudaException if the work cannot be recorded
     */
    public static CudaGraph capture(CudaStream stream, Runnable work) {
        check(cuda_h.cuStreamBeginCapture_v2(stream.handle(), cuda_h.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL()), "cuStreamBeginCapture");
        try (var arena = Arena.ofConfined()) {
            var pointer = arena.allocate(ADDRESS);
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                if (cuda_h.cuStreamEndCapture(stream.handle(), pointer) == 0) {
                    cuda_h.cuGraphDestroy(pointer.get(ADDRESS, 0));
                }
                throw e;
            }
            check(cuda_h.cuStreamEndCapture(stream.handle(), pointer), "cuStreamEndCapture");
            var graph = pointer.get(ADDRESS, 0);
            try {
                check(cuda_h.cuGraphInstantiateWithFlags(pointer, graph, 0), "cuGraphInstantiateWithFlags");
                var made = new CudaGraph(pointer.get(ADDRESS, 0));
                made.upload(stream);
                return made;
            } finally {
                check(cuda_h.cuGraphDestroy(graph), "cuGraphDestroy");
            }
        }
    }

    /** Puts the recorded work into {@code stream}. */
    public void launch(CudaStream stream) {
        check(cuda_h.cuGraphLaunch(exec, stream.handle()), "cuGraphLaunch");
    }

    /** Launches that have begun run to their end. */
    @Override
    public void close() {
        check(cuda_h.cuGraphExecDestroy(exec), "cuGraphExecDestroy");
    }

    /** Brings the graph to the device, so that the first launch is as fast as the others. */
    private void upload(CudaStream stream) {
        int result = cuda_h.cuGraphUpload(exec, stream.handle());
        if (result != 0) {
            close();
            check(result, "cuGraphUpload");
        }
    }
}
