package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.cuda.LinearPlan.GemmFma;
import io.gatun.kernels.cuda.LinearPlan.GemmMma;
import io.gatun.kernels.cuda.LinearPlan.GemmWgmma;
import io.gatun.kernels.cuda.LinearPlan.Gemv;
import io.gatun.kernels.cuda.LinearPlan.GemvFma;
import io.gatun.memory.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinearPlanTest {
    private static final int AMPERE_SMS = 108;
    private static final int HOPPER_SMS = 132;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void streamsTheWeightsForAFewTokens(int m) {
        assertThat(onHopper(m, 4096, 4096)).isEqualTo(new Gemv(2));
        assertThat(onAmpere(m, 4096, 4096)).isEqualTo(new Gemv(2));
    }

    @ParameterizedTest
    @CsvSource({"16, 28672, 4096, 16, 1", "16, 4096, 14336, 16, 2", "64, 4096, 4096, 64, 2", "64, 28672, 4096, 64, 1",
            "256, 4096, 4096, 128, 2", "384, 6144, 4096, 192, 1", "1024, 28672, 4096, 256, 1", "8192, 4096, 14336, 256, 1"})
    void takesTheTileThatWasMeasuredFastestOnHopper(int m, int n, int k, int tokens, int splits) {
        assertThat(onHopper(m, n, k)).isEqualTo(new GemmWgmma(tokens, splits));
    }

    @ParameterizedTest
    @CsvSource({"9, 4096, 16, 4", "17, 28672, 32, 1", "64, 4096, 64, 4", "100, 4096, 128, 4", "5000, 4096, 128, 1"})
    void splitsTheDepthUntilEveryMultiprocessorHasABlock(int m, int n, int tileM, int splits) {
        assertThat(onAmpere(m, n, 4096)).isEqualTo(new GemmMma(tileM, splits));
    }

    @Test
    void doesNotSplitADepthOfOneSlice() {
        assertThat(onAmpere(16, 64, 72)).isEqualTo(new GemmMma(16, 1));
    }

    @Test
    void leavesTheTensorCoresAloneForFp32AndForRowsThatAreNotAligned() {
        var fp32 = new LinearProblem(100, 499, 64, DType.F32, DType.F32, false, true);
        assertThat(LinearPlan.choose(fp32, 90, HOPPER_SMS)).isEqualTo(new GemmFma(true, 64));
        var ragged = new LinearProblem(100, 499, 67, DType.BF16, DType.BF16, false, false);
        assertThat(LinearPlan.choose(ragged, 90, HOPPER_SMS)).isEqualTo(new GemmFma(false, 64));
        var raggedRow = new LinearProblem(1, 499, 67, DType.BF16, DType.F32, false, false);
        assertThat(LinearPlan.choose(raggedRow, 80, AMPERE_SMS)).isEqualTo(new GemvFma(false));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 64, 200, 1000, 8192})
    void neverDividesADepthWhereBitsMustNotDependOnTheBatch(int m) {
        for (int n : new int[] {8, 499, 4096, 28672, 128256}) {
            var p = new LinearProblem(m, n, 4096, DType.BF16, DType.BF16, false, true);
            assertThat(LinearPlan.chooseInvariant(p, 90, HOPPER_SMS)).isInstanceOfSatisfying(GemmWgmma.class, plan -> {
                assertThat(plan.splits()).isEqualTo(1);
                assertThat(plan.sharedBytes() + 5 * 1024).isLessThanOrEqualTo(227 << 10);
            });
            assertThat(LinearPlan.chooseInvariant(p, 80, AMPERE_SMS)).isInstanceOfSatisfying(GemmMma.class, plan -> assertThat(plan.splits()).isEqualTo(1));
            var fp32 = new LinearProblem(m, n, 4096, DType.F32, DType.F32, false, true);
            assertThat(LinearPlan.chooseInvariant(fp32, 90, HOPPER_SMS)).isInstanceOf(GemmFma.class);
        }
    }

    @Test
    void takesHalfTheRowsWhereWholeTilesLeaveMultiprocessorsIdle() {
        assertThat(LinearPlan.chooseInvariant(new LinearProblem(1, 4096, 4096, DType.BF16, DType.BF16, false, true), 90, HOPPER_SMS))
                .isEqualTo(new GemmWgmma(16, 1, 1));
        assertThat(LinearPlan.chooseInvariant(new LinearProblem(1, 28_672, 4096, DType.BF16, DType.BF16, false, true), 90, HOPPER_SMS))
                .isEqualTo(new GemmWgmma(16, 1, 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 16, 33, 64, 65, 96, 128, 200, 1000, 8192})
    void staysWithinTheSharedMemoryOfTheArchitecture(int m) {
        for (int n : new int[] {8, 499, 4096, 28672, 128256}) {
            assertThat(((GemmWgmma) onHopper(m, n, 4096)).sharedBytes() + 5 * 1024).isLessThanOrEqualTo(227 << 10);
            assertThat(((GemmMma) onAmpere(m, n, 4096)).sharedBytes()).isLessThanOrEqualTo(99 << 10);
        }
    }

    private static LinearPlan onHopper(int m, int n, int k) {
        return LinearPlan.choose(new LinearProblem(m, n, k, DType.BF16, DType.BF16, false, true), 90, HOPPER_SMS);
    }

    private static LinearPlan onAmpere(int m, int n, int k) {
        return LinearPlan.choose(new LinearProblem(m, n, k, DType.F16, DType.F16, false, true), 80, AMPERE_SMS);
    }
}
