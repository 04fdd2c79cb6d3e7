package io.gatun.jmh;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Tokens that operations take and give; JMH prints both by the second. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Tokens {
    /** Of prompts or texts. */
    public long inputTokens;
    /** Generated. */
    public long outputTokens;
}
