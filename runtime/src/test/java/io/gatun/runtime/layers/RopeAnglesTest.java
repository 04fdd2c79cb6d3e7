package io.gatun.runtime.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatun.runtime.config.RopeConfig;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Against {@code inv_freq} and attention scaling of Transformers 5.18 (ROPE_INIT_FUNCTIONS with a LlamaConfig of head_dim 64), printed with %.9g. */
class RopeAnglesTest {
    private static final int DIM = 64;
    private static final int[] PAIRS = {0, 1, 13, 14, 17, 20, 26, 31};
    private static final float[] PLAIN =
        {1f, 0.749894202f, 0.0237137359f, 0.0177827943f, 0.00749894232f, 0.00316227786f, 0.000562341302f, 0.00013335215f};

    @Test
    void plain() {
        assertFrequencies(new RopeConfig.Default(10_000), 0, 1, PLAIN);
    }

    @Test
    void linearDividesAllFrequencies() {
        assertFrequencies(new RopeConfig.Linear(10_000, 2.5), 0, 1, 0.400000006f, 0.299957693f, 0.00948549435f, 0.00711311772f, 0.00299957697f,
                0.00126491114f, 0.000224936521f, 5.33408602e-05f);
    }

    @Test
    void llama3DividesLowFrequenciesAndKeepsHighOnes() {
        assertFrequencies(new RopeConfig.Llama3(500_000, 8, 1, 4, 8192), 0, 1, 1f, 0.663601279f, 0.00483942125f, 0.00321144611f, 0.000178507791f,
                3.42810235e-05f, 2.92749974e-06f, 3.7673226e-07f);
    }

    @Test
    void longRopeHasFactorsForShortAndForLongContexts() {
        var shortFactor = IntStream.range(0, DIM / 2).mapToObj(i -> 1 + 0.01 * i).toList();
        var longFactor = IntStream.range(0, DIM / 2).mapToObj(i -> 1.5 + 0.5 * i).toList();
        double attention = Math.sqrt(1 + Math.log(32) / Math.log(4096));
        var config = new RopeConfig.LongRope(10_000, shortFactor, longFactor, 4096, attention);
        assertFrequencies(config, 0, 1.1902380714238083, 1f, 0.74246949f, 0.0209856071f, 0.0155989425f, 0.00640935218f, 0.00263523124f, 0.000446302642f,
                0.000101795536f);
        var longer = new RopeAngles(config, DIM, 4097).inverseFrequencies(0);
        float[] expected = {0.666666687f, 0.374947101f, 0.00296421698f, 0.00209209346f, 0.000749894185f, 0.000274980674f, 3.87821601e-05f, 7.84424356e-06f};
        for (int i = 0; i < PAIRS.length; i++) {
            assertThat(longer[PAIRS[i]]).isCloseTo(expected[i], within(expected[i] * 3e-7f));
        }
    }

    @Test
    void yarnRampsBetweenWholePairs() {
        assertFrequencies(new RopeConfig.Yarn(1e6, 4, 32, 1, 32_768, 0.1 * Math.log(4) + 1, true), 0, 1.138629436111989, 1f, 0.649381638f,
                0.0030431177f, 0.00177853031f, 0.000324690831f, 4.44569851e-05f, 3.33380353e-06f, 3.84981632e-07f);
    }

    @Test
    void yarnWithOwnBetasRampsBetweenFractionsOfPairs() {
        double attention = (0.1 * Math.log(40) + 1) / (0.1 * 0.707 * Math.log(40) + 1);
        assertFrequencies(new RopeConfig.Yarn(10_000, 40, 24, 2, 4096, attention, false), 0, 1.0857263992561355, 1f, 0.749894202f, 0.0196209922f,
                0.012705408f, 0.00281719537f, 0.00011662647f, 1.40585325e-05f, 3.33380353e-06f);
    }

    @Test
    void dynamicIsPlainUpToTheTrainedLengthAndGrowsTheBaseAfterIt() {
        var dynamic = new RopeConfig.Dynamic(10_000, 4, 2048);
        assertFrequencies(dynamic, 2047, 1, PLAIN);
        assertFrequencies(dynamic, 2048, 1, 1f, 0.749846995f, 0.0236943401f, 0.0177671313f, 0.0074909227f, 0.00315829925f, 0.000561421795f,
                0.000133092195f);
        assertFrequencies(dynamic, 8191, 1, 1f, 0.690345228f, 0.00808839686f, 0.00558378687f, 0.00183707895f, 0.00060440338f, 6.54221731e-05f,
                1.02578579e-05f);
    }

    private static void assertFrequencies(RopeConfig config, int position, double scaling, float... expected) {
        var angles = new RopeAngles(config, DIM, 4096);
        float[] frequencies = angles.inverseFrequencies(position);
        assertThat(frequencies).hasSize(DIM / 2);
        for (int i = 0; i < PAIRS.length; i++) {
            assertThat(frequencies[PAIRS[i]]).as("pair %d", PAIRS[i]).isCloseTo(expected[i], within(3 * Math.ulp(expected[i])));
        }
        assertThat(angles.scaling()).isCloseTo((float) scaling, within(1e-7f));
    }
}
