package io.gatun.server.http;

import io.gatun.kernels.Progress;

/** Logs how far loading is, once a second at most: for servers without a terminal. */
public final class LoadLog implements Progress {
    private static final long PAUSE_NANOS = 1_000_000_000L;

    private final RequestLog log;
    private long last = System.nanoTime();

    public LoadLog(RequestLog log) {
        this.log = log;
    }

    @Override
    public synchronized void report(String task, long done, long total) {
        long now = System.nanoTime();
        if (now - last >= PAUSE_NANOS) {
            last = now;
            log.write(RequestLog.event("loading").put("task", task).put("done", done).put("total", total));
        }
    }
}
