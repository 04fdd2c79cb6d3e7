package io.gatun.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Server-sent events. Each is written at once. */
public final class EventStream implements AutoCloseable {
    private static final byte[] BEGIN = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

    private final OutputStream out;

    EventStream(OutputStream out) {
        this.out = out;
    }

    /** Sends an event whose data is JSON. */
    public void send(JsonNode data) throws IOException {
        send(Json.bytes(data));
    }

    /** Sends OpenAI's mark of the end. */
    public void done() throws IOException {
        send(DONE);
    }

    /** Sends events; what goes wrong meanwhile becomes an event, too, since the status was sent long ago. */
    public void failing(Call call, Body body) throws IOException {
        try {
            body.send();
        } catch (RuntimeException e) {
            send(Json.error(call.failed(e)));
        }
    }

    /** Sends a number of events. */
    @FunctionalInterface
    public interface Body {
        void send() throws IOException;
    }

    private void send(byte[] data) throws IOException {
        byte[] event = new byte[BEGIN.length + data.length + END.length];
        System.arraycopy(BEGIN, 0, event, 0, BEGIN.length);
        System.arraycopy(data, 0, event, BEGIN.length, data.length);
        System.arraycopy(END, 0, event, BEGIN.length + data.length, END.length);
        out.write(event);
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
