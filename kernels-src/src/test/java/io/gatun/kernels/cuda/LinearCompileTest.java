package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.cuda.LinearPlan.GemmFma;
import io.gatun.kernels.cuda.LinearPlan.GemmMma;
import io.gatun.kernels.cuda.LinearPlan.GemmWgmma;
import io.gatun.kernels.cuda.LinearPlan.Gemv;
import io.gatun.kernels.cuda.LinearPlan.GemvFma;
import io.gatun.kernels.cuda.LinearPlan.GemvStream;
import io.gatun.memory.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LinearCompileTest {
    private static final List<String> ARCHITECTURES = List.of("sm_80", "sm_90a", "sm_100a");

    private record Unit(LinearVariant variant, String architecture) {
    }

    @Test
    void everyTileCompilesForItsArchitecturesWithoutTouchingLocalMemory() {
        var compiler = Nvrtc.compiler();
        var complaints = units().parallel().flatMap(unit -> {
            var spec = unit.variant.spec();
            String log = compiler.compile(spec, KernelSources.read(spec.source()), unit.architecture).log();
            return log.contains("warning") ? Stream.of(spec + " for " + unit.architecture + ":\n" + log) : Stream.empty();
        }).toList();
        assertThat(complaints).isEmpty();
    }

    private static Stream<Unit> units() {
        var everywhere = new ArrayList<LinearPlan>();
        var onHopper = new ArrayList<LinearPlan>();
        for (int tile : new int[] {16, 32, 64, 128}) {
            everywhere.add(new GemmMma(tile, 1));
        }
        everywhere.add(new GemmMma(128, 4));
        for (int tokens : new int[] {16, 32, 64, 96, 128, 192, 256}) {
            onHopper.add(new GemmWgmma(tokens, tokens == 96 ? 2 : 1));
        }
        onHopper.add(new GemmWgmma(256, 8));
        onHopper.add(new GemmWgmma(16, 1, 1));
        onHopper.add(new GemmWgmma(256, 1, 1));
        var fma = List.of(new GemvFma(true), new GemvFma(false), new GemmFma(true, 128), new GemmFma(false, 64));
        return Stream.of(
                everywhere.stream().flatMap(plan -> units(plan, ARCHITECTURES, DType.BF16, DType.BF16)),
                onHopper.stream().flatMap(plan -> units(plan, List.of("sm_90a"), DType.BF16, DType.BF16)),
                gemv(DType.BF16, DType.BF16),
                candidates(DType.BF16, DType.BF16),
                candidates(DType.F16, DType.F32),
                units(new GemvStream(8, 4, 1, 6), List.of("sm_100a"), DType.BF16, DType.F32),
                gemv(DType.F16, DType.F32),
                units(new GemmWgmma(64, 1), List.of("sm_90a"), DType.F16, DType.F32),
                fma.stream().flatMap(plan -> units(plan, ARCHITECTURES, DType.F32, DType.F32)),
                units(new GemmFma(false, 64), List.of("sm_80"), DType.BF16, DType.BF16)).flatMap(s -> s);
    }

    private static Stream<Unit> gemv(DType type, DType out) {
        return ARCHITECTURES.stream().flatMap(architecture -> {
            int computeCapability = Integer.parseInt(architecture.replaceAll("\\D", ""));
            return units(Gemv.choose(computeCapability), List.of(architecture), type, out);
        });
    }

    private static Stream<Unit> candidates(DType type, DType out) {
        return LinearCandidates.of(new LinearProblem(1, 4096, 4096, type, out, true, true), 90, 132).stream()
                .flatMap(plan -> units(plan, List.of("sm_90a"), type, out));
    }

    private static Stream<Unit> units(LinearPlan plan, List<String> architectures, DType type, DType out) {
        return architectures.stream().map(architecture -> new Unit(new LinearVariant(plan, type, out, true), architecture));
    }
}
