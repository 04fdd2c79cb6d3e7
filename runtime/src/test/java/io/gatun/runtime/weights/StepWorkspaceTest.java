package io.gatun.runtime.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.memory.CpuDevice;
import io.gatun.memory.DType;
import org.junit.jupiter.api.Test;

class StepWorkspaceTest {
    private final CpuDevice device = new CpuDevice();

    @Test
    void aTensorLivesThroughOneFlipAndDiesWithTheSecond() {
        try (var workspace = new StepWorkspace(device)) {
            var tensor = workspace.allocate(DType.F32, 2).copyFrom(1f, 2f);
            workspace.flip();
            workspace.allocate(DType.F32, 2).copyFrom(8f, 9f);
            assertThat(tensor.toFloats()).containsExactly(1, 2);
            workspace.flip();
            assertThatThrownBy(tensor::toFloats).isInstanceOf(IllegalStateException.class).hasMessageContaining("'workspace'").hasMessageContaining("reset");
        }
    }

    @Test
    void aTensorOfTheStepOutlivesEveryFlipAndDiesWithTheStep() {
        try (var workspace = new StepWorkspace(device)) {
            var tensor = workspace.allocateForStep(DType.F32, 1).copyFrom(5f);
            for (int i = 0; i < 5; i++) {
                workspace.flip();
                workspace.allocate(DType.F32, 1).copyFrom(7f);
            }
            assertThat(tensor.toFloats()).containsExactly(5);
            workspace.reset();
            assertThatThrownBy(tensor::toFloats).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void stepsThatAllocateAlikeGetTheSameAddresses() {
        try (var workspace = new StepWorkspace(device)) {
            long first = workspace.allocate(DType.F32, 1).address();
            workspace.flip();
            workspace.reset();
            assertThat(workspace.allocate(DType.F32, 1).address()).isEqualTo(first);
        }
    }

    @Test
    void memoryDoesNotGrowWithTheNumberOfLayersOrSteps() {
        try (var workspace = new StepWorkspace(device)) {
            for (int layer = 0; layer < 4; layer++) {
                workspace.flip();
                workspace.allocate(DType.F32, 1 << 18);
            }
            long afterFour = device.ledger().liveBytes();
            for (int step = 0; step < 3; step++) {
                workspace.reset();
                for (int layer = 0; layer < 50; layer++) {
                    workspace.flip();
                    workspace.allocate(DType.F32, 1 << 18);
                }
            }
            assertThat(device.ledger().liveBytes()).isEqualTo(afterFour);
        }
        assertThat(device.ledger().liveByArena()).isEmpty();
    }
}
