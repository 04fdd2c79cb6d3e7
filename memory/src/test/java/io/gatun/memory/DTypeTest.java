package io.gatun.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DTypeTest {
    private static final int EXPONENT = 0x7f80;
    private static final int INFINITY = 0x7f80;

    @Test
    void everyBf16SurvivesTheWayThroughFloat() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = DType.bf16ToFloat((short) bits);
            short back = DType.floatToBf16(value);
            if (Float.isNaN(value)) {
                assertThat(DType.bf16ToFloat(back)).isNaN();
            } else if (back != (short) bits) {
                assertThat(back).as("bf16 %04x", bits).isEqualTo((short) bits);
            }
        }
    }

    @Test
    void floatsRoundToTheNearestBf16AndTiesToTheEvenOne() {
        var random = new Random(7);
        for (int high = 0; high < 1 << 16; high++) {
            if ((high & EXPONENT) == EXPONENT) {
                continue;
            }
            for (int low : new int[] {0x7fff, 0x8000, 0x8001, random.nextInt(1 << 16)}) {
                float value = Float.intBitsToFloat(high << 16 | low);
                int actual = Short.toUnsignedInt(DType.floatToBf16(value));
                int expected = nearest(value, high);
                if (actual != expected) {
                    assertThat(actual).as("%s, bits %08x", value, high << 16 | low).isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void valuesBeyondTheLargestBf16BecomeInfinite() {
        assertThat(DType.bf16ToFloat(DType.floatToBf16(Float.MAX_VALUE))).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(DType.bf16ToFloat(DType.floatToBf16(-Float.MAX_VALUE))).isEqualTo(Float.NEGATIVE_INFINITY);
    }

    @Test
    void nanStaysNanWhereverItsBitsAre() {
        for (int payload : new int[] {1, 0x7fff, 0x8000, 0xffff, 0x10000, 0x400000, 0x7fffff}) {
            for (int sign : new int[] {0, 1 << 31}) {
                float nan = Float.intBitsToFloat(sign | 0x7f800000 | payload);
                assertThat(DType.bf16ToFloat(DType.floatToBf16(nan))).as("payload %x", payload).isNaN();
            }
        }
    }

    @Test
    void subnormalsAndSignedZeroAreKept() {
        float smallest = DType.bf16ToFloat((short) 1);
        assertThat(smallest).isPositive().isLessThan(Float.MIN_NORMAL);
        assertThat(DType.floatToBf16(smallest)).isEqualTo((short) 1);
        assertThat(DType.floatToBf16(-0f)).isEqualTo((short) 0x8000);
        assertThat(DType.floatToBf16(Float.MIN_VALUE)).isEqualTo((short) 0);
    }

    @Test
    void typesAreFoundByTheirTorchNames() {
        assertThat(DType.ofTorchName("bfloat16")).isEqualTo(DType.BF16);
        assertThat(DType.ofTorchName("torch.float16")).isEqualTo(DType.F16);
        assertThat(DType.ofTorchName("half")).isEqualTo(DType.F16);
        assertThat(DType.ofTorchName("float")).isEqualTo(DType.F32);
    }

    @Test
    void anUnknownTypeListsTheKnownOnes() {
        assertThatThrownBy(() -> DType.ofTorchName("float8_e4m3fn")).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown dtype 'float8_e4m3fn'; known are float32, float16, bfloat16, int32, int64, uint8");
    }

    /** By exact arithmetic on the two neighbours of a finite value whose upper half is {@code high}. */
    private static int nearest(float value, int high) {
        var exact = new BigDecimal(value).abs();
        var toLower = exact.subtract(magnitude(high & 0x7fff));
        var toUpper = magnitude((high & 0x7fff) + 1).subtract(exact);
        int order = toLower.compareTo(toUpper);
        return order < 0 || order == 0 && high % 2 == 0 ? high : high + 1;
    }

    private static BigDecimal magnitude(int bits) {
        return bits == INFINITY ? new BigDecimal(2).pow(128) : new BigDecimal(DType.bf16ToFloat((short) bits));
    }
}
