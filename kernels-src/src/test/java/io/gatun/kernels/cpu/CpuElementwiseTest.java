package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.ElementwiseOp;
import io.gatun.kernels.LogitsExpression;
import io.gatun.memory.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Expressions of the caller's: over elements and over logits. */
class CpuElementwiseTest {
    private static final ElementwiseOp SQRT_POSITIVE = ElementwiseOp.of("sqrt_positive", "x > 0.f ? sqrtf(x) : x", x -> x > 0 ? (float) Math.sqrt(x) : x);

    private final Fixture fixture = new Fixture();
    private final CpuKernels kernels = new CpuKernels(fixture.device, 2);

    @AfterEach
    void close() {
        kernels.close();
        fixture.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void anOperationIsAppliedToEachElement(DType dtype) {
        for (int width : new int[] {1, 31, 100_001}) {
            var x = fixture.randomWithGaps(dtype, 7, width, 2);
            var out = fixture.emptyWithGaps(dtype, 7, width, 1);
            float[] before = x.toFloats();
            kernels.elementwise().apply(SQRT_POSITIVE, x, out);
            double[] expected = new double[before.length];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = before[i] > 0 ? Math.sqrt(before[i]) : before[i];
            }
            Fixture.assertClose(out, expected, Fixture.epsilon(dtype));
            assertThat(x.toFloats()).isEqualTo(before);
            kernels.elementwise().apply(SQRT_POSITIVE, x, x);
            assertThat(x.toFloats()).isEqualTo(out.toFloats());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void rowsAreScaledByTheirPositions(DType dtype) {
        var x = fixture.randomWithGaps(dtype, 3, 100, 2);
        var scales = fixture.random(DType.F32, 4);
        float[] before = x.toFloats();
        float[] factors = scales.toFloats();
        kernels.elementwise().scaleRows(x, fixture.ints(3, 0, 3), scales);
        double[] expected = new double[before.length];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = (double) before[i] * factors[i / 100 == 1 ? 0 : 3];
        }
        Fixture.assertClose(x, expected, Fixture.epsilon(dtype));
        assertThatThrownBy(() -> kernels.elementwise().scaleRows(x, fixture.ints(3, 4, 0), scales)).hasMessageContaining("position 4 is not in [0, 4)");
    }

    @Test
    void anotherShapeOrDtypeIsRefused() {
        var x = fixture.random(DType.F32, 2, 3);
        assertThatThrownBy(() -> kernels.elementwise().apply(SQRT_POSITIVE, x, fixture.empty(DType.F32, 2, 4))).hasMessageContaining("must have 3 columns");
        assertThatThrownBy(() -> kernels.elementwise().apply(SQRT_POSITIVE, x, fixture.empty(DType.F32, 3, 3))).hasMessageContaining("must have 2 rows");
        assertThatThrownBy(() -> kernels.elementwise().apply(SQRT_POSITIVE, x, fixture.empty(DType.F16, 2, 3)))
                .hasMessageContaining("apply: out is f16[2, 3]").hasMessageContaining("must have the dtype of f32[2, 3]");
        assertThatThrownBy(() -> kernels.elementwise().apply(SQRT_POSITIVE, fixture.ints(1), fixture.ints(1))).hasMessageContaining("must be f32, f16 or bf16");
    }

    @Test
    void aLogitsExpressionSeesLogitTokenAndStep() {
        var expression = LogitsExpression.of("even", "id % 2 ? -INFINITY : x + step", (x, id, step) -> id % 2 == 1 ? Float.NEGATIVE_INFINITY : x + step);
        for (int vocabulary : new int[] {1, 1001, 128_256}) {
            var logits = fixture.randomWithGaps(DType.F32, 3, vocabulary, 1);
            float[] before = logits.toFloats();
            kernels.sampling().apply(expression, logits, 5);
            float[] after = logits.toFloats();
            for (int i = 0; i < before.length; i++) {
                assertThat(after[i]).isEqualTo(i % vocabulary % 2 == 1 ? Float.NEGATIVE_INFINITY : before[i] + 5);
            }
        }
    }

    @Test
    void whatAnExpressionThrowsReachesTheCaller() {
        var expression = LogitsExpression.of("failing", "x", (x, id, step) -> {
            throw new IllegalStateException("no");
        });
        assertThatThrownBy(() -> kernels.sampling().apply(expression, fixture.random(DType.F32, 64, 20_000), 0)).hasMessage("no");
    }
}
