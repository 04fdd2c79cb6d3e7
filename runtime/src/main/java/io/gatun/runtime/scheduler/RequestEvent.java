package io.gatun.runtime.scheduler;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** One request, from its arrival to its end. */
@Name("io.gatun.Request")
@Label("Request")
@Category({"Gatun", "Engine"})
@Description("What became of one output of a request")
@StackTrace(false)
final class RequestEvent extends Event {
    @Label("Request Id")
    String requestId;

    @Label("Prompt Tokens")
    int promptTokens;

    @Label("Cached Tokens")
    @Description("Tokens of the prompt that the prefix cache had")
    int cachedTokens;

    @Label("Completion Tokens")
    int completionTokens;

    @Label("Finish Reason")
    @Description("stop, length, abort or error")
    String finishReason;

    @Label("Retractions")
    int retractions;

    @Label("Queue Time")
    @Timespan(Timespan.NANOSECONDS)
    long queueTime;

    @Label("Time to First Token")
    @Timespan(Timespan.NANOSECONDS)
    long timeToFirstToken;

    @Label("Total Time")
    @Timespan(Timespan.NANOSECONDS)
    long totalTime;

    /** Records a request that has ended, if someone listens. */
    static void commit(Req req, String finishReason) {
        var event = new RequestEvent();
        if (event.shouldCommit()) {
            var stats = req.stats();
            event.requestId = req.id();
            event.promptTokens = req.promptLen();
            event.cachedTokens = stats.cachedTokens();
            event.completionTokens = req.outputLen();
            event.finishReason = finishReason;
            event.retractions = stats.retractions();
            event.queueTime = nanos(stats.queueSeconds());
            event.timeToFirstToken = nanos(stats.firstTokenSeconds());
            event.totalTime = nanos(stats.seconds());
            event.commit();
        }
    }

    private static long nanos(double seconds) {
        return (long) (seconds * 1e9);
    }
}
