package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.DeviceChoice;
import io.gatun.memory.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The towers of all models on the CPU against Hugging Face in fp32, on pictures of random numbers. */
class VisionTowersTest {
    /** Hugging Face itself is up to 4e-5 off what it computes in fp64. */
    private static final double TOLERANCE = 1e-4;
    private static final double TOLERANCE_OF_SUMS = 5e-4;

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void embeddingsOfPicturesMatch(VlmGolden golden) {
        var embeddings = VlmTowers.embeddings(golden, DeviceChoice.CPU, DType.F32);
        for (int i = 0; i < embeddings.size(); i++) {
            assertThat(golden.towers().get(i).difference(embeddings.get(i))).as("picture %d", i).isLessThan(TOLERANCE);
            assertThat(golden.towers().get(i).differenceOfSums(embeddings.get(i))).as("sums of picture %d", i).isLessThan(TOLERANCE_OF_SUMS);
        }
    }
}
