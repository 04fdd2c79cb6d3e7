package io.gatun.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {
    private final CpuDevice device = new CpuDevice();
    private final TensorArena arena = device.arena("test", 1 << 16);

    @AfterEach
    void close() {
        arena.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void floatsComeBackRoundedToTheDtype(DType dtype) {
        float exact = 1.5f;
        float inexact = 1.001f;
        var tensor = arena.allocate(dtype, 4).copyFrom(exact, inexact, Float.NaN, Float.NEGATIVE_INFINITY);
        float rounded = switch (dtype) {
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(inexact));
            case BF16 -> 1f;
            default -> inexact;
        };
        assertThat(tensor.toFloats()).containsExactly(exact, rounded, Float.NaN, Float.NEGATIVE_INFINITY);
    }

    @Test
    void integersCanBeReadAsFloats() {
        var bytes = arena.allocate(DType.U8, 2);
        device.copyIn(MemorySegment.ofArray(new byte[] {-1, 7}), bytes);
        assertThat(bytes.toFloats()).containsExactly(255, 7);
        var longs = arena.allocate(DType.I64, 1);
        device.copyIn(MemorySegment.ofArray(new long[] {-5}), longs);
        assertThat(longs.toFloats()).containsExactly(-5);
        var ints = arena.allocate(DType.I32, 2).copyFrom(3, -4);
        assertThat(ints.toFloats()).containsExactly(3, -4);
        assertThat(ints.toInts()).containsExactly(3, -4);
    }

    @Test
    void aViewSharesMemoryUnderAnotherShape() {
        var tensor = counting(2, 6);
        var view = tensor.view(3, 4);
        view.segment().setAtIndex(ValueLayout.JAVA_FLOAT, 11, -1);
        assertThat(view.shape()).isEqualTo(Shape.of(3, 4));
        assertThat(view.rowStride()).isEqualTo(4);
        assertThat(tensor.toFloats()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -1);
    }

    @Test
    void columnsOfAMatrixKeepItsRowStride() {
        var middle = counting(3, 5).narrowCols(1, 2);
        assertThat(middle.rowStride()).isEqualTo(5);
        assertThat(middle.isContiguous()).isFalse();
        assertThat(middle.bytes()).isEqualTo(24);
        assertThat(middle.toFloats()).containsExactly(1, 2, 6, 7, 11, 12);
    }

    @Test
    void columnsOfRowsOfColumnsAreWhereTheyShouldBe() {
        var part = counting(4, 6).narrowCols(2, 3).narrowRows(1, 2).narrowCols(1, 2);
        assertThat(part.toFloats()).containsExactly(9, 10, 15, 16);
    }

    @Test
    void rowsAreCountedAlongTheFirstDimension() {
        assertThat(counting(3, 2).narrowRows(1, 2).toFloats()).containsExactly(2, 3, 4, 5);
        assertThat(counting(6).narrowRows(2, 3).toFloats()).containsExactly(2, 3, 4);
        var block = counting(3, 2, 2).narrowRows(1, 1);
        assertThat(block.shape()).isEqualTo(Shape.of(1, 2, 2));
        assertThat(block.toFloats()).containsExactly(4, 5, 6, 7);
    }

    @Test
    void emptyPartsMayBeTakenAnywhereUpToTheEnd() {
        assertThat(counting(3, 2).narrowRows(3, 0).toFloats()).isEmpty();
        assertThat(counting(3, 2).narrowCols(2, 0).toFloats()).isEmpty();
    }

    @Test
    void oneRowOfAMatrixIsContiguousWhateverItsStride() {
        var row = counting(3, 4).narrowCols(1, 2).narrowRows(2, 1);
        assertThat(row.isContiguous()).isTrue();
        assertThat(row.view(2).toFloats()).containsExactly(9, 10);
    }

    @Test
    void rowsCountsAllDimensionsButTheLast() {
        assertThat(counting(3, 2, 2).rows()).isEqualTo(6);
        assertThat(counting(5).rows()).isEqualTo(1);
        assertThat(arena.allocate(DType.F32).rows()).isEqualTo(1);
    }

    @Test
    void partsThatDoNotExistAreRefusedByName() {
        var tensor = counting(3, 4);
        assertThatThrownBy(() -> tensor.narrowRows(2, 2)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 rows from 2 on of f32[3, 4] on cpu (test) do not exist");
        assertThatThrownBy(() -> tensor.narrowCols(-1, 2)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("2 columns from -1");
        assertThatThrownBy(() -> tensor.narrowRows(Long.MAX_VALUE, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> counting(4).narrowCols(0, 1)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("no matrix");
    }

    @Test
    void aViewOfOtherSizeOrOverGapsIsRefused() {
        assertThatThrownBy(() -> counting(3, 4).view(5, 2)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("f32[3, 4] on cpu (test) cannot be viewed as [5, 2]");
        assertThatThrownBy(() -> counting(3, 4).narrowCols(0, 2).view(6)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("its rows have gaps");
    }

    @Test
    void copyingIntoColumnsIsRefusedRatherThanWrittenOverTheirNeighbours() {
        var tensor = counting(2, 3);
        var columns = tensor.narrowCols(0, 2);
        var source = MemorySegment.ofArray(new float[4]);
        assertThatThrownBy(() -> device.copyIn(source, columns)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("gaps between its rows");
        assertThatThrownBy(() -> device.copyOut(columns, source)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("gaps between its rows");
        assertThatThrownBy(() -> columns.copyFrom(1f, 2f, 3f, 4f)).isInstanceOf(IllegalArgumentException.class);
        assertThat(tensor.toFloats()).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void valuesMustFillTheTensorAndFitItsType() {
        assertThatThrownBy(() -> arena.allocate(DType.F32, 3).copyFrom(1f, 2f)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 values do not fill f32[3] on cpu (test)");
        assertThatThrownBy(() -> arena.allocate(DType.I32, 1).copyFrom(1f)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("does not hold floats");
        assertThatThrownBy(() -> arena.allocate(DType.F32, 1).copyFrom(1)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("not i32");
        assertThatThrownBy(() -> arena.allocate(DType.F32, 1).toInts()).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("not i32");
    }

    private Tensor counting(long... dims) {
        var tensor = arena.allocate(DType.F32, dims);
        float[] values = new float[(int) tensor.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        return tensor.copyFrom(values);
    }
}
