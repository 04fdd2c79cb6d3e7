package io.gatun.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.runtime.engine.Engine;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** One request and its answer. For the request's own thread. */
public final class Call {
    private static final int DISCARDED_AT_ONCE = 1 << 16;
    private static final long FORCE_AFTER_MILLIS = 10_000;

    private final Service service;
    private final ServerRequest request;
    private final ServerResponse response;
    private final ConnectionWatch connection;
    private final ScheduledExecutorService clock;
    private final RequestLog requestLog;
    private final ObjectNode log;
    private final Cancellation cancellation = new Cancellation();
    private final List<ScheduledFuture<?>> timeouts = new ArrayList<>();
    private boolean began;
    private String promptField = "prompt";
    private int status;

    Call(Service service, ServerRequest request, ServerResponse response, ConnectionWatch connection, ScheduledExecutorService clock, RequestLog requestLog,
            ObjectNode log) {
        this.service = service;
        this.request = request;
        this.response = response;
        this.connection = connection;
        this.clock = clock;
        this.requestLog = requestLog;
        this.log = log;
    }

    public Service service() {
        return service;
    }

    /** The engine, if it can be asked now. */
    public Engine engine() {
        return service.engine();
    }

    public String path() {
        return request.path().path();
    }

    /**
     * The body, a JSON object.
     *
     * @throws ApiException if it is something else, or too large
     */
    public Fields body() {
        return Json.fields(read());
    }

    /** The body, or an object without fields where there is none. */
    public Fields optionalBody() {
        byte[] body = read();
        return body.length == 0 ? new Fields(Json.object(), "") : Json.fields(body);
    }

    /**
     * Waits for {@code work}, which is interrupted if the client goes away, if the request has taken too long, or if the server must stop. For after the
     * body was read.
     */
    public <T> T await(Supplier<T> work) {
        if (!began) {
            service.began(cancellation);
            began = true;
            startTimeout();
            connection.watch(() -> cancellation.cancel(Cancellation.Reason.CLIENT_GONE));
        }
        return cancellation.await(work);
    }

    /** Answers with JSON. */
    public void send(JsonNode body) {
        send(200, body);
    }

    public void send(int code, JsonNode body) {
        send(code, "application/json", Json.bytes(body));
    }

    /** Answers with anything else. */
    public void send(int code, String contentType, byte[] body) {
        status = code;
        response.status(Status.create(code));
        response.headers().set(HeaderNames.CONTENT_TYPE, contentType);
        try {
            response.send(body);
        } catch (UncheckedIOException e) {
            throw new Cancellation.CancelledException(Cancellation.Reason.CLIENT_GONE);
        }
    }

    /** Answers with events, of which there must be at least one. */
    public EventStream events() {
        status = 200;
        response.headers().set(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        response.headers().set(HeaderNames.CACHE_CONTROL, "no-cache");
        return new EventStream(response.outputStream());
    }

    /** Says which field the prompt comes in, for errors. */
    public void promptField(String name) {
        promptField = name;
    }

    String promptField() {
        return promptField;
    }

    /** A header of the answer. */
    public void header(String name, String value) {
        response.headers().set(HeaderNames.create(name), value);
    }

    /** The line that will be logged of this request. */
    public ObjectNode log() {
        return log;
    }

    /** The answer to what went wrong in the middle of a stream, which is logged; if the client is gone nobody can be told. */
    ApiException failed(RuntimeException failure) {
        if (Failures.isGone(failure)) {
            throw failure;
        }
        var error = Failures.explain(failure, promptField).orElseGet(() -> {
            requestLog.trace(failure);
            return ApiException.internal("the server failed to answer; see its log for the request id");
        });
        log.put("error", error.getMessage());
        return error;
    }

    boolean isAnswered() {
        return status != 0;
    }

    int status() {
        return status;
    }

    void closeConnection() {
        response.headers().set(HeaderValues.CONNECTION_CLOSE);
    }

    /** Lets go of the connection and the clock. */
    void end() {
        timeouts.forEach(timeout -> timeout.cancel(false));
        if (began) {
            service.ended(cancellation);
            connection.release();
        }
    }

    private void startTimeout() {
        if (timeouts.isEmpty()) {
            long millis = service.options().requestTimeout().toMillis();
            timeouts.add(clock.schedule(() -> cancellation.cancel(Cancellation.Reason.TIMEOUT), millis, TimeUnit.MILLISECONDS));
            timeouts.add(clock.schedule(cancellation::force, millis + FORCE_AFTER_MILLIS, TimeUnit.MILLISECONDS));
        }
    }

    private byte[] read() {
        long most = service.options().maxBodyBytes();
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        startTimeout();
        return cancellation.await(() -> read(request.content().inputStream(), most));
    }

    private byte[] read(InputStream in, long most) {
        try {
            if (request.headers().contentLength().orElse(0) > most) {
                throw tooLarge(in, most);
            }
            byte[] body = in.readNBytes((int) most + 1);
            if (body.length > most) {
                throw tooLarge(in, most);
            }
            return body;
        } catch (IOException | UncheckedIOException e) {
            throw new Cancellation.CancelledException(Cancellation.Reason.CLIENT_GONE);
        }
    }

    /** Takes as much again of a body that is too large, since most clients read no answer before they have sent it all. */
    private ApiException tooLarge(InputStream in, long most) throws IOException {
        closeConnection();
        byte[] discarded = new byte[DISCARDED_AT_ONCE];
        long left = most;
        int count;
        while (left > 0 && (count = in.read(discarded)) >= 0) {
            left -= count;
        }
        return ApiException.tooLarge(most);
    }
}
