package io.gatun.server;

import io.gatun.kernels.Progress;
import io.gatun.memory.Sizes;
import java.io.PrintStream;
import java.util.Locale;

/** Shows progress on one line of the terminal; silent where the error stream is no terminal. */
public final class ProgressBar implements Progress, AutoCloseable {
    private static final int WIDTH = 24;
    private static final long REDRAW_NANOS = 50_000_000;
    private static final long PATIENCE_NANOS = 300_000_000;

    private final PrintStream out;
    private final boolean terminal;
    private final long start = System.nanoTime();
    private long lastDraw;
    private boolean drawn;

    /** A bar on standard error. */
    public ProgressBar() {
        this(System.err, System.console() != null && System.console().isTerminal());
    }

    ProgressBar(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public synchronized void report(String task, long done, long total) {
        long now = System.nanoTime();
        if (!terminal || now - start < PATIENCE_NANOS || done < total && now - lastDraw < REDRAW_NANOS) {
            return;
        }
        lastDraw = now;
        drawn = true;
        int filled = total == 0 ? WIDTH : (int) (WIDTH * done / total);
        String amount = total > 1 << 20 ? Sizes.bytes(done) + " of " + Sizes.bytes(total) : done + " of " + total;
        out.print(String.format(Locale.ROOT, "\r\033[K%-18s [%s%s] %s", task, "#".repeat(filled), " ".repeat(WIDTH - filled), amount));
        out.flush();
    }

    /** Whether anyone sees it. */
    boolean isTerminal() {
        return terminal;
    }

    /** Wipes the line, for output that follows. */
    public synchronized void clear() {
        if (drawn) {
            out.print("\r\033[K");
            out.flush();
            drawn = false;
        }
    }

    @Override
    public void close() {
        clear();
    }
}
