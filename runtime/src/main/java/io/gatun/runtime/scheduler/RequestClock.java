package io.gatun.runtime.scheduler;

/** When things happened to a request. */
final class RequestClock {
    private final long arrived = System.nanoTime();
    private long admitted;
    private long firstToken;

    void admitted() {
        admitted = System.nanoTime();
    }

    void token() {
        if (firstToken == 0) {
            firstToken = System.nanoTime();
        }
    }

    double queueSeconds() {
        return secondsTo(admitted);
    }

    double firstTokenSeconds() {
        return secondsTo(firstToken);
    }

    double seconds() {
        return secondsTo(System.nanoTime());
    }

    private double secondsTo(long time) {
        return time == 0 ? 0 : (time - arrived) / 1e9;
    }
}
