package io.gatun.kernels;

/** Told how far a long piece of work is. Calls may come from any thread. */
@FunctionalInterface
public interface Progress {
    /** Listens to nothing. */
    Progress NONE = (task, done, total) -> { };

    /**
     * Reports progress.
     *
     * @param task what is being done, such as {@code compiling kernels}
     * @param done units done so far; equal to {@code total} at the end
     * @param total all units
     */
    void report(String task, long done, long total);
}
