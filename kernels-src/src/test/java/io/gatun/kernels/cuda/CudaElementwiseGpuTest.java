package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.kernels.ElementwiseOp;
import io.gatun.kernels.LogitsExpression;
import io.gatun.kernels.Progress;
import io.gatun.memory.DType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds callers' expressions, over elements and over logits, to their twins in Java. */
class CudaElementwiseGpuTest {
    private static final Progress SILENT = (task, done, total) -> { };
    private static final ElementwiseOp SQRT_POSITIVE = ElementwiseOp.of("sqrt_positive", "x > 0.f ? sqrtf(x) : x", x -> x > 0 ? (float) Math.sqrt(x) : x);
    private static final ElementwiseOp BROKEN = ElementwiseOp.of("broken", "x + temprature", x -> x);

    @TempDir
    static Path cubins;
    private Twins twins;
    private CudaElementwise elementwise;
    private CudaSampling sampling;

    @BeforeEach
    void open() {
        twins = Twins.open(cubins);
        elementwise = new CudaElementwise(twins.launcher);
        sampling = new CudaSampling(twins.launcher);
    }

    @AfterEach
    void close() {
        if (twins != null) {
            twins.close();
        }
    }

    /** Every dtype, with rows that begin at 16 bytes and rows that do not. */
    static Stream<Arguments> layouts() {
        return Arrays.stream(Twins.FLOATS).flatMap(type -> Stream.of(0, 3, 8).map(margin -> Arguments.of(type, margin)));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void operationsAgreeInPlaceToo(DType type, int margin) {
        for (int width : new int[] {1, 8, 31, 1000, 1001, 4096, 128_256}) {
            var x = twins.random(type, margin, 5, width);
            var out = twins.empty(type, margin, 5, width);
            elementwise.apply(SQRT_POSITIVE, x.gpu(), out.gpu());
            twins.reference.elementwise().apply(SQRT_POSITIVE, x.cpu(), out.cpu());
            Twins.assertTwins(out, Twins.rounding(type));
            Twins.assertTwins(x, 0);
            elementwise.apply(SQRT_POSITIVE, x.gpu(), x.gpu());
            twins.reference.elementwise().apply(SQRT_POSITIVE, x.cpu(), x.cpu());
            Twins.assertTwins(x, Twins.rounding(type));
        }
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void scalesByPositionAgree(DType type, int margin) {
        for (int width : new int[] {1, 31, 4096}) {
            var x = twins.random(type, margin, 5, width);
            var scales = twins.random(DType.F32, 0, 1, 9);
            var positions = twins.ints(8, 0, 3, 3, 1);
            elementwise.scaleRows(x.gpu(), positions.gpu(), scales.gpu());
            twins.reference.elementwise().scaleRows(x.cpu(), positions.cpu(), scales.cpu());
            Twins.assertTwins(x, Twins.rounding(type));
        }
    }

    @Test
    void logitsExpressionsAgree() {
        var expression = LogitsExpression.of("even", "id % 2 ? -INFINITY : x * 0.5f + step",
                (x, id, step) -> id % 2 == 1 ? Float.NEGATIVE_INFINITY : x * 0.5f + step);
        for (int vocabulary : new int[] {1, 31, 1000, 1001, 128_256}) {
            var logits = twins.random(DType.F32, 3, 5, vocabulary);
            sampling.apply(expression, logits.gpu(), 7);
            twins.reference.sampling().apply(expression, logits.cpu(), 7);
            Twins.assertTwins(logits, Twins.rounding(DType.F32));
        }
    }

    @Test
    void aBrokenExpressionIsNamedAndHarmsNothing() {
        var x = twins.random(DType.F32, 3, 2, 100);
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> elementwise.apply(BROKEN, x.gpu(), x.gpu())).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the CUDA expression 'broken' is wrong").hasMessageContaining("x + temprature")
                    .hasMessageContaining("\"temprature\" is undefined");
        }
        var commas = LogitsExpression.of("commas", "x, 1.f", (logit, id, step) -> logit);
        assertThatThrownBy(() -> sampling.apply(commas, x.gpu(), 0)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'commas'");
        Twins.assertTwins(x, 0);
        elementwise.apply(SQRT_POSITIVE, x.gpu(), x.gpu());
        twins.reference.elementwise().apply(SQRT_POSITIVE, x.cpu(), x.cpu());
        Twins.assertTwins(x, Twins.rounding(DType.F32));
    }

    @Test
    void aBrokenExpressionIsNamedWhileKernelsArePrepared() {
        var x = twins.random(DType.F32, 3, 2, 100);
        assertThatThrownBy(() -> twins.launcher.prepare(() -> elementwise.apply(BROKEN, x.gpu(), x.gpu()), SILENT))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("'broken'");
        twins.launcher.prepare(() -> elementwise.apply(SQRT_POSITIVE, x.gpu(), x.gpu()), SILENT);
        Twins.assertTwins(x, 0);
        assertThat(twins.launcher.prepare(() -> elementwise.apply(SQRT_POSITIVE, x.gpu(), x.gpu()), SILENT)).isZero();
    }
}
