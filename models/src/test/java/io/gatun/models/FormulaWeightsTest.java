package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.zip.CRC32;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Java's weights against those that Hugging Face was given. */
class FormulaWeightsTest {
    @ParameterizedTest
    @MethodSource("io.gatun.models.Golden#byFormula")
    void weightsAreThoseOfTheGolden(Golden golden) {
        var crc = new CRC32();
        FormulaWeights.tensors(FormulaCheckpoints.weights(golden.source())).values().forEach(tensor -> crc.update(tensor.bytes()));
        assertThat(crc.getValue()).isEqualTo(golden.checksum().orElseThrow());
    }

    @ParameterizedTest
    @MethodSource("io.gatun.models.VlmGolden#all")
    void everyTensorIsThatOfTheGolden(VlmGolden golden) {
        var tensors = FormulaWeights.tensors(FormulaCheckpoints.weights(golden.source()));
        assertThat(tensors.keySet()).isEqualTo(golden.checksums().keySet());
        tensors.forEach((name, tensor) -> assertThat(tensor.checksum()).as(name).isEqualTo(golden.checksums().get(name)));
    }
}
