package io.gatun.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    @Test
    void nothingIsDrawnWhereThereIsNoTerminal() throws InterruptedException {
        try (var bar = new ProgressBar(out, false)) {
            Thread.sleep(350);
            bar.report("loading weights", 1, 1);
        }
        assertThat(text()).isEmpty();
    }

    @Test
    void whatIsDoneAtOnceIsNotDrawn() {
        try (var bar = new ProgressBar(out, true)) {
            bar.report("loading weights", 1, 1);
        }
        assertThat(text()).isEmpty();
    }

    @Test
    void aLongTaskIsDrawnOnOneLineAndWipedAtTheEnd() throws InterruptedException {
        try (var bar = new ProgressBar(out, true)) {
            Thread.sleep(350);
            bar.report("compiling kernels", 3, 12);
            bar.report("compiling kernels", 4, 12);
            bar.report("loading weights", 8L << 30, 8L << 30);
        }
        assertThat(text().split("\r")).containsExactly("", "\033[Kcompiling kernels  [######                  ] 3 of 12",
                "\033[Kloading weights    [########################] 8.00 GiB of 8.00 GiB", "\033[K");
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
