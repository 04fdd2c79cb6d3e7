package io.gatun.runtime.scheduler;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** One step of the engine, from its preparation to the handling of its results. */
@Name("io.gatun.Step")
@Label("Engine Step")
@Category({"Gatun", "Engine"})
@Description("What was computed in one step of the scheduler")
@StackTrace(false)
final class StepEvent extends Event {
    @Label("Mode")
    @Description("EXTEND for prompts, DECODE for one token a request, MIXED for both")
    String mode;

    @Label("Requests")
    int requests;

    @Label("Decoding Requests")
    int decodes;

    @Label("Tokens")
    @Description("Tokens computed, of prompts and outputs")
    int tokens;

    @Label("Waiting Requests")
    int waiting;

    @Label("Running Requests")
    int running;

    @Label("Free Tokens")
    @Description("Tokens that the KV cache has room for without evicting anything")
    long available;

    @Label("Evictable Tokens")
    @Description("Tokens of the prefix cache that no request uses")
    long evictable;

    @Label("Device Time")
    @Description("From the step's first kernel to its last; 0 on the CPU")
    @Timespan(Timespan.NANOSECONDS)
    long deviceTime;
}
