package io.gatun.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.runtime.model.LoadReport.GraphReport;
import org.junit.jupiter.api.Test;

class DecodeGraphsTest {

    @Test
    void batchSizesLieCloserWhereTheyAreSmall() {
        assertThat(DecodeGraphs.sizes(256)).hasSize(36).startsWith(1, 2, 4, 8, 12, 16, 24, 32).endsWith(240, 248, 256);
        assertThat(DecodeGraphs.sizes(512)).hasSize(52).endsWith(480, 496, 512).isSorted();
    }

    @Test
    void theLargestIsWhatIsAskedFor() {
        assertThat(DecodeGraphs.sizes(1)).containsExactly(1);
        assertThat(DecodeGraphs.sizes(2)).containsExactly(1, 2);
        assertThat(DecodeGraphs.sizes(5)).containsExactly(1, 2, 4, 5);
        assertThat(DecodeGraphs.sizes(20)).containsExactly(1, 2, 4, 8, 12, 16, 20);
    }

    @Test
    void theReportSpeaksInHumanUnits() {
        assertThat(new GraphReport(36, 0.8, 120L << 20)).hasToString("CUDA graphs for 36 batch sizes in 800.0 ms, 120.0 MiB");
    }
}
