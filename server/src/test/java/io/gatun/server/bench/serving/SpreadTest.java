package io.gatun.server.bench.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadTest {

    /** numpy.percentile([1, 2, 4, 8, 16], q), numpy.std. */
    @Test
    void isNumPys() {
        var spread = Spread.ofSeconds(List.of(0.016, 0.001, 0.008, 0.002, 0.004));
        assertThat(spread.mean()).isCloseTo(6.2, within(1e-9));
        assertThat(spread.median()).isCloseTo(4, within(1e-9));
        assertThat(spread.std()).isCloseTo(5.455272678794342, within(1e-9));
        assertThat(spread.percentile(90)).isCloseTo(12.8, within(1e-9));
        assertThat(spread.percentile(99)).isCloseTo(15.68, within(1e-9));
        assertThat(spread.max()).isCloseTo(16, within(1e-9));
        assertThat(Spread.ofSeconds(List.of(0.001, 0.003)).median()).isCloseTo(2, within(1e-9));
    }

    @Test
    void ofNothingIsZero() {
        var spread = Spread.ofSeconds(List.of());
        assertThat(List.of(spread.mean(), spread.median(), spread.std(), spread.percentile(99), spread.max())).containsOnly(0.0);
    }
}
