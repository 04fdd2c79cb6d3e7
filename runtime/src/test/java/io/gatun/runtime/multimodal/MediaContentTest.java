package io.gatun.runtime.multimodal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.memory.DType;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MediaContentTest {

    @ParameterizedTest
    @ValueSource(ints = {1, (1 << 18) - 1, 1 << 18, (3 << 18) + 5})
    void everyNumberIsConvertedHoweverManyThereAre(int count) {
        var random = new Random(count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        short[] bf16 = MediaContent.convert(values, DType.BF16).toArray(ValueLayout.JAVA_SHORT);
        short[] f16 = MediaContent.convert(values, DType.F16).toArray(ValueLayout.JAVA_SHORT);
        assertThat(bf16).hasSize(count);
        assertThat(f16).hasSize(count);
        for (int i = 0; i < count; i++) {
            if (bf16[i] != DType.floatToBf16(values[i]) || f16[i] != Float.floatToFloat16(values[i])) {
                assertThat(bf16[i]).as("bf16 %d of %s", i, values[i]).isEqualTo(DType.floatToBf16(values[i]));
                assertThat(f16[i]).as("f16 %d of %s", i, values[i]).isEqualTo(Float.floatToFloat16(values[i]));
            }
        }
        assertThat(MediaContent.convert(values, DType.F32).toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(values);
        assertThatThrownBy(() -> MediaContent.convert(values, DType.I32)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("I32");
    }
}
