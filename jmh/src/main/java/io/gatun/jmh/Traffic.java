package io.gatun.jmh;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What an operation moves and computes; JMH prints both by the second. */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Traffic {
    /** 10⁹ bytes read. */
    public double gigabytes;
    /** 10⁹ multiplications and additions. */
    public double gigaflops;
}
