package io.gatun.server.http;

import io.gatun.runtime.engine.Engine;
import io.helidon.common.tls.Tls;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.RequestException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/**
 * The HTTP server of one model. It listens from the start, says that it is not ready until it is given an engine, and closes the engine when it is closed.
 */
public final class HttpServer implements AutoCloseable {
    private static final int LONGEST_LINE = 8192;
    private static final int LONGEST_HEADERS = 65_536;

    private final Service service;
    private final ScheduledThreadPoolExecutor clock;
    private final WebServer server;

    private HttpServer(Service service, ScheduledThreadPoolExecutor clock, WebServer server) {
        this.service = service;
        this.clock = clock;
        this.server = server;
    }

    /**
     * Opens the port.
     *
     * @param log where requests are logged
     * @throws IllegalStateException if the port cannot be opened
     */
    public static HttpServer start(ServerOptions options, RequestLog log) {
        QuietHelidon.apply();
        var service = new Service(options);
        var clock = new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("gatun-http-clock").daemon().factory());
        clock.setRemoveOnCancelPolicy(true);
        var connections = new WatchedConnections(Http1ConnectionSelector.builder()
                .config(Http1Config.builder().maxPrologueLength(LONGEST_LINE).maxHeadersSize(LONGEST_HEADERS).build()).build());
        var dispatcher = new Dispatcher(service, Api.routes(), connections, clock, log);
        var builder = WebServer.builder().host(options.host()).port(options.port()).shutdownHook(false).protocolsDiscoverServices(false)
                .featuresDiscoverServices(false).addConnectionSelector(connections)
                .connectionOptions(socket -> socket.tcpNoDelay(true)).shutdownGracePeriod(Duration.ofMillis(200))
                .directHandlers(malformed()).addRouting(HttpRouting.builder().any(dispatcher));
        options.tls().ifPresent(files -> builder.tls(tls(files)).useNio(false));
        return new HttpServer(service, clock, builder.build().start());
    }

    /** The port that it listens at. */
    public int port() {
        return server.port();
    }

    /** Begins to answer. The engine is closed with the server. */
    public void ready(Engine engine) {
        service.ready(engine);
    }

    /** Refuses new requests and waits for running ones, no longer than they may go on; {@code /health} says so meanwhile. */
    public void drain() {
        service.drain();
    }

    /** Ends what still runs, closes the port and the engine. */
    @Override
    public void close() {
        server.stop();
        clock.shutdownNow();
        service.loadedEngine().ifPresent(Engine::close);
    }

    private static Tls tls(ServerOptions.TlsFiles files) {
        return TlsConfig.of(files);
    }

    /** What does not even get to a handler: no HTTP, or headers that are too long. */
    private static DirectHandlers malformed() {
        DirectHandler handler = (request, type, status, headers, message) -> {
            var error = status.code() >= 500 ? ApiException.internal("the server failed to answer") : ApiException.badRequest("the HTTP request is malformed");
            return DirectHandler.TransportResponse.builder().status(status).headers(headers).header(HeaderNames.CONTENT_TYPE, "application/json")
                    .keepAlive(false).entity(Json.bytes(Json.error(error))).build();
        };
        var handlers = DirectHandlers.builder();
        for (var type : DirectHandler.EventType.values()) {
            handlers.addHandler(type, handler);
        }
        return handlers.build();
    }
}
