package io.gatun.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SizesTest {

    @Test
    void bytesAreShownInTheUnitThatSuitsThem() {
        assertThat(Sizes.bytes(0)).isEqualTo("0 B");
        assertThat(Sizes.bytes(1023)).isEqualTo("1023 B");
        assertThat(Sizes.bytes(1536)).isEqualTo("1.50 KiB");
        assertThat(Sizes.bytes(80L << 30)).isEqualTo("80.0 GiB");
        assertThat(Sizes.bytes(Long.MAX_VALUE)).endsWith(" TiB");
        assertThat(Sizes.bytes(-2048)).isEqualTo("-2.00 KiB");
    }

    @Test
    void secondsAreShownInTheUnitThatSuitsThem() {
        assertThat(Sizes.seconds(4.2e-6)).isEqualTo("4.2 us");
        assertThat(Sizes.seconds(0.0123)).isEqualTo("12.3 ms");
        assertThat(Sizes.seconds(61.5)).isEqualTo("61.50 s");
    }
}
