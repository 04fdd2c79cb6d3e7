package io.gatun.runtime.scheduler;

/**
 * The share of its remaining output for which a running request keeps room in the cache (SGLang's new_token_ratio). It starts cautious, falls with each
 * decode step that goes well, and rises when room has run out.
 */
final class NewTokenRatio {
    private static final double INITIAL = 0.7;
    private static final double LOWEST_SHARE = 0.14;
    private static final int DECAY_STEPS = 600;

    private final double initial;
    private final double lowest;
    private double current;

    NewTokenRatio(double scheduleConservativeness) {
        initial = Math.min(1, INITIAL * scheduleConservativeness);
        lowest = Math.min(1, initial * LOWEST_SHARE);
        current = initial;
    }

    double current() {
        return current;
    }

    /** A decode step found room for all. */
    void decay() {
        current = Math.max(lowest, current - (initial - lowest) / DECAY_STEPS);
    }

    /**
     * Room ran out.
     *
     * @param generated tokens that the requests still running have generated
     * @param headroom tokens that they shall have room for now
     * @param limits the most tokens that they may generate
     */
    void raise(long generated, long headroom, long limits) {
        current = Math.min(1, (double) (generated + headroom) / (limits + 1));
    }

    /** Nothing runs: back to the start. */
    void reset() {
        current = initial;
    }
}
