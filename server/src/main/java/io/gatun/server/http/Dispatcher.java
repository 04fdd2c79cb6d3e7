package io.gatun.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gatun.server.http.Cancellation.CancelledException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.regex.Pattern;

/** Takes every request to its endpoint: gives it an id, checks the key, turns failures into answers, and logs what came of it. */
final class Dispatcher implements Handler {
    private static final HeaderName REQUEST_ID = HeaderNames.create("x-request-id");
    private static final HeaderName ALLOW_ORIGIN = HeaderNames.create("access-control-allow-origin");
    /** Answered by nobody: the status that nginx logs for a client that went away. */
    private static final int CLIENT_CLOSED_REQUEST = 499;
    private static final Pattern GOOD_ID = Pattern.compile("[\\x21-\\x7e]{1,128}");

    private final Service service;
    private final Routes routes;
    private final ApiKeys keys;
    private final WatchedConnections connections;
    private final ScheduledExecutorService clock;
    private final RequestLog requestLog;

    Dispatcher(Service service, Routes routes, WatchedConnections connections, ScheduledExecutorService clock, RequestLog requestLog) {
        this.service = service;
        this.routes = routes;
        this.keys = new ApiKeys(service.options().apiKeys());
        this.connections = connections;
        this.clock = clock;
        this.requestLog = requestLog;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        long start = System.nanoTime();
        String id = header(request, REQUEST_ID).filter(text -> GOOD_ID.matcher(text).matches()).orElseGet(() -> UUID.randomUUID().toString());
        String method = request.prologue().method().text();
        var log = RequestLog.event("request").put("request_id", id).put("method", method).put("path", request.path().path());
        var call = new Call(service, request, response, connections.current(), clock, requestLog, log);
        response.headers().set(REQUEST_ID, id);
        int status = CLIENT_CLOSED_REQUEST;
        try {
            if (!allowOrigin(method, request, response)) {
                var route = routes.find(method, request.path().path());
                if (!route.open()) {
                    keys.require(header(request, HeaderNames.AUTHORIZATION));
                }
                route.endpoint().answer(call);
            }
            status = call.isAnswered() ? call.status() : 204;
        } catch (Exception | StackOverflowError | OutOfMemoryError e) {
            status = failed(call, e, log);
        } finally {
            call.end();
            requestLog.write(log.put("status", status).put("seconds", Math.round((System.nanoTime() - start) / 1e6) / 1e3));
        }
        if (request.headers().containsToken(HeaderValues.CONNECTION_CLOSE) || response.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            throw new CloseConnectionException("the client or the answer said that it was the last");
        }
    }

    private int failed(Call call, Throwable failure, ObjectNode log) {
        if (failure instanceof CancelledException) {
            service.metrics().aborted();
        }
        if (Failures.isGone(failure)) {
            log.put("error", "the client went away");
            throw new CloseConnectionException("the client went away");
        }
        var error = Failures.explain(failure, call.promptField()).orElseGet(() -> {
            requestLog.trace(failure);
            return ApiException.internal("the server failed to answer; see its log for the request id");
        });
        log.put("error", error.getMessage());
        if (call.isAnswered()) {
            throw new CloseConnectionException("failed in the middle of an answer");
        }
        if (error.status() == 429 || error.status() == 503) {
            call.header("retry-after", "1");
        }
        if (error.status() == 401) {
            call.header("www-authenticate", "Bearer");
        }
        try {
            call.send(error.status(), Json.error(error));
        } catch (CancelledException e) {
            throw new CloseConnectionException("the client went away");
        }
        return error.status();
    }

    /** Says which web pages may call. True if that is all that was asked for. */
    private boolean allowOrigin(String method, ServerRequest request, ServerResponse response) {
        var allowed = service.options().corsOrigins();
        var origin = header(request, HeaderNames.ORIGIN).filter(text -> allowed.contains("*") || allowed.contains(text));
        if (origin.isEmpty()) {
            return false;
        }
        response.headers().set(ALLOW_ORIGIN, origin.get());
        response.headers().set(HeaderNames.VARY, "Origin");
        if (!method.equals("OPTIONS")) {
            return false;
        }
        response.headers().set(HeaderNames.create("access-control-allow-methods"), "GET, POST");
        response.headers().set(HeaderNames.create("access-control-allow-headers"), "authorization, content-type, x-request-id");
        response.status(204).send();
        return true;
    }

    private static Optional<String> header(ServerRequest request, HeaderName name) {
        return request.headers().contains(name) ? Optional.of(request.headers().get(name).get()) : Optional.empty();
    }
}
