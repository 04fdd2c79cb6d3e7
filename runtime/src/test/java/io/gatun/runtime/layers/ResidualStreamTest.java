package io.gatun.runtime.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.memory.CpuDevice;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.StepWorkspace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResidualStreamTest {
    private final StepWorkspace workspace = new StepWorkspace(new CpuDevice());
    private final Tensor residual = workspace.allocateForStep(DType.F32, 1, 2).copyFrom(1f, 2f);
    private final ResidualStream stream = ResidualStream.of(workspace, residual);

    @AfterEach
    void close() {
        workspace.close();
    }

    @Test
    void aNormGetsWhatWasAddedSinceTheLastOne() {
        var seen = new ArrayList<Optional<Tensor>>();
        fold(seen);
        var output = workspace.allocate(DType.F32, 1, 2);
        stream.add(output);
        fold(seen);
        fold(seen);
        assertThat(seen).isEqualTo(List.of(Optional.empty(), Optional.of(output), Optional.empty()));
    }

    @Test
    void twoAdditionsWithoutANormAreAnError() {
        stream.add(workspace.allocate(DType.F32, 1, 2));
        var second = workspace.allocate(DType.F32, 1, 2);
        assertThatThrownBy(() -> stream.add(second)).isInstanceOf(IllegalStateException.class)
                .hasMessage("two additions to the residual stream without a norm between them");
    }

    @Test
    void whatASublayerReturnsLivesUntilItIsFoldedInAndWhatItNeededBeforeIsFreed() {
        var normed = stream.fold((added, sum) -> workspace.allocate(DType.F32, 1, 2));
        stream.add(workspace.allocate(DType.F32, 1, 2).copyFrom(3f, 4f));
        stream.fold((added, sum) -> {
            assertThat(added.orElseThrow().toFloats()).containsExactly(3, 4);
            assertThat(sum.toFloats()).containsExactly(1, 2);
            return workspace.allocate(DType.F32, 1, 2);
        });
        stream.fold((added, sum) -> sum);
        assertThatThrownBy(normed::toFloats).isInstanceOf(IllegalStateException.class).hasMessageContaining("'workspace'");
    }

    private void fold(List<Optional<Tensor>> seen) {
        stream.fold((added, sum) -> {
            assertThat(sum).isSameAs(residual);
            seen.add(added);
            return sum;
        });
    }
}
