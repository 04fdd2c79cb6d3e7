package io.gatun.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.bindings.CudaException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CudaGraphGpuTest {
    private CudaDevice device;
    private TensorArena arena;
    private Tensor tensor;

    @BeforeEach
    void open() {
        device = Gpu.open();
        arena = device.arena("graph", 1 << 20);
        tensor = arena.allocate(DType.I32, 3).copyFrom(1, 2, 3);
    }

    @AfterEach
    void close() {
        if (device != null) {
            arena.close();
            device.close();
        }
    }

    @Test
    void capturedWorkRunsWhenLaunchedAndEachTimeAgain() {
        try (var graph = CudaGraph.capture(device.stream(), () -> device.fill(tensor.narrowRows(1, 2), 0))) {
            assertThat(tensor.toInts()).containsExactly(1, 2, 3);
            graph.launch(device.stream());
            assertThat(tensor.toInts()).containsExactly(1, 0, 0);
            tensor.copyFrom(4, 5, 6);
            graph.launch(device.stream());
            assertThat(tensor.toInts()).containsExactly(4, 0, 0);
        }
    }

    @Test
    void workThatThrowsLeavesTheStreamAsItWas() {
        assertThatThrownBy(() -> CudaGraph.capture(device.stream(), () -> {
            device.fill(tensor, 0);
            throw new IllegalStateException("changed my mind");
        })).isInstanceOf(IllegalStateException.class).hasMessage("changed my mind");
        assertThat(tensor.toInts()).containsExactly(1, 2, 3);
        capturedWorkRunsWhenLaunchedAndEachTimeAgain();
    }

    @Test
    void whatCannotBeCapturedIsAnErrorAndNotASilentPartOfTheGraph() {
        assertThatThrownBy(() -> CudaGraph.capture(device.stream(), () -> {
            device.fill(tensor, 0);
            device.synchronize();
        })).isInstanceOf(CudaException.class).hasMessageContaining("cuStreamSynchronize");
        assertThatThrownBy(() -> CudaGraph.capture(device.stream(), () -> arena.allocate(DType.U8, 64 << 20))).isInstanceOf(CudaException.class)
                .hasMessageContaining("cuMemAlloc");
        capturedWorkRunsWhenLaunchedAndEachTimeAgain();
    }

    @Test
    void aLaunchedGraphMayBeClosedBeforeItHasRun() {
        var large = arena.allocate(DType.U8, 1 << 30);
        var graph = CudaGraph.capture(device.stream(), () -> device.fill(tensor, 0));
        for (int i = 0; i < 8; i++) {
            device.fill(large, i);
        }
        graph.launch(device.stream());
        graph.close();
        assertThat(tensor.toInts()).containsExactly(0, 0, 0);
    }
}
