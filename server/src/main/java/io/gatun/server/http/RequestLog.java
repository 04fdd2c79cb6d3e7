package io.gatun.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Writes one line of JSON an event. */
public final class RequestLog {
    private final PrintStream out;

    public RequestLog(PrintStream out) {
        this.out = out;
    }

    /** An event to be filled and written. */
    public static ObjectNode event(String name) {
        return Json.object().put("time", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString()).put("event", name);
    }

    /** Writes an event. */
    public void write(ObjectNode event) {
        out.println(event);
    }

    /** Writes the stack trace of what should not have happened. */
    void trace(Throwable failure) {
        failure.printStackTrace(out);
    }
}
