package io.gatun.runtime.chat.answer;

/** Reads one call. */
interface CallScan {
    /** What came of a character. */
    enum Step {
        /** It belongs to the call, which goes on. */
        MORE,
        /** It is the call's last. */
        DONE,
        /** It was not taken: there is no call, or none that goes on like that. */
        BROKEN
    }

    Step push(char c);

    /** Gives up the call: what was held back becomes content. */
    void abandon();

    /** Whether all of it became content. */
    boolean isContent();
}
