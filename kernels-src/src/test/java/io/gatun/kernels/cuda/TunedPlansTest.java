package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.cuda.LinearPlan.GemmWgmma;
import io.gatun.kernels.cuda.LinearPlan.GemvStream;
import io.gatun.kernels.cuda.LinearTuner.Key;
import io.gatun.memory.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TunedPlansTest {
    private static final int HOPPER_SMS = 132;
    private static final int SHARED_BYTES = 227 << 10;

    @TempDir
    private Path folder;

    @Test
    void whatIsStoredIsFoundAgain() {
        var plans = new HashMap<Key, LinearPlan>();
        int i = 0;
        for (int m : new int[] {1, 64}) {
            for (var plan : LinearCandidates.of(problem(m), 90, HOPPER_SMS)) {
                plans.put(new Key(8 + i, 4096, 14336 + i++, DType.BF16, i % 2 == 0 ? DType.F32 : DType.BF16, i % 3 == 0), plan);
            }
        }
        var file = new TunedPlans(folder.resolve("a").resolve("plans.txt"));
        assertThat(file.load()).isEmpty();
        file.store(plans);
        assertThat(file.load()).isEqualTo(plans).hasSizeGreaterThan(12);
    }

    @ParameterizedTest
    @ValueSource(strings = {"8 64 64 BF16 BF16 true gemv 16 4", "8 64 64 BF16", "8 64 64 BF16 BF16 true unknown 1 2 3", "x"})
    void aSpoiltFileCountsAsMissing(String line) throws IOException {
        var file = folder.resolve("plans.txt");
        Files.writeString(file, line + "\n");
        assertThat(new TunedPlans(file).load()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1, 8", "8, 8", "9, 16", "16, 16", "17, 32", "64, 64", "65, 128", "256, 256"})
    void problemsShareThePlanOfTheNextPowerOfTwo(int m, int tokens) {
        assertThat(Key.of(problem(m)).tokens()).isEqualTo(tokens);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 16, 64, 256})
    void candidatesFitTheSharedMemoryAndTheUsualPlanComesFirst(int m) {
        var candidates = LinearCandidates.of(problem(m), 90, HOPPER_SMS);
        assertThat(candidates).doesNotHaveDuplicates().hasSizeGreaterThan(7).first().isEqualTo(LinearPlan.choose(problem(m), 90, HOPPER_SMS));
        for (var plan : candidates) {
            int bytes = switch (plan) {
                case GemvStream stream -> stream.sharedBytes() + 2 * stream.warps() * LinearPlan.GEMV_ROWS * (stream.rows() + 1) * Float.BYTES
                        + 16 * stream.stages();
                case GemmWgmma wgmma -> wgmma.sharedBytes() + (5 << 10);
                default -> 0;
            };
            assertThat(bytes).as(plan.toString()).isLessThanOrEqualTo(SHARED_BYTES);
        }
        assertThat(LinearCandidates.of(problem(m), 80, 108)).hasSize(1);
    }

    private static LinearProblem problem(int m) {
        return new LinearProblem(m, 4096, 4096, DType.BF16, DType.BF16, false, true);
    }
}
