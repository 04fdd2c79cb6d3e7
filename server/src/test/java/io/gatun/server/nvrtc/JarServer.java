package io.gatun.server.nvrtc;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A web server of one jar, with the faults of real ones. */
final class JarServer implements AutoCloseable {

    enum Fault { NONE, IGNORES_RANGES, NOT_FOUND, BUSY_TWICE, BREAKS_TWICE, ALWAYS_BREAKS, REDIRECTS }

    private final HttpServer server;
    private final byte[] jar;
    private final Fault fault;
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicLong bytesSent = new AtomicLong();
    private final List<String> paths = new CopyOnWriteArrayList<>();

    JarServer(byte[] jar, Fault fault) throws IOException {
        this.jar = jar;
        this.fault = fault;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    URI repository() {
        return URI.create("http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":" + server.getAddress().getPort() + "/maven2");
    }

    long bytesSent() {
        return bytesSent.get();
    }

    List<String> paths() {
        return paths;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getPath();
            paths.add(path);
            if (fault == Fault.REDIRECTS && !path.startsWith("/elsewhere")) {
                exchange.getResponseHeaders().set("Location", "/elsewhere" + path);
                exchange.sendResponseHeaders(302, -1);
            } else if (fault == Fault.NOT_FOUND) {
                exchange.sendResponseHeaders(404, -1);
            } else if (fault == Fault.BUSY_TWICE && failures.getAndIncrement() < 2) {
                exchange.sendResponseHeaders(503, -1);
            } else if (fault == Fault.IGNORES_RANGES) {
                send(exchange, 200, jar, jar.length);
            } else {
                var range = exchange.getRequestHeaders().getFirst("Range").substring("bytes=".length()).split("-");
                int from = Integer.parseInt(range[0]);
                int to = Math.min(Integer.parseInt(range[1]), jar.length - 1);
                exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + to + "/" + jar.length);
                var part = Arrays.copyOfRange(jar, from, to + 1);
                boolean whole = part.length < 2 || !breaks();
                send(exchange, 206, whole ? part : Arrays.copyOf(part, part.length / 2), part.length);
            }
        }
    }

    private boolean breaks() {
        return fault == Fault.ALWAYS_BREAKS || fault == Fault.BREAKS_TWICE && failures.getAndIncrement() < 2;
    }

    private void send(HttpExchange exchange, int status, byte[] bytes, int announced) throws IOException {
        exchange.sendResponseHeaders(status, announced);
        exchange.getResponseBody().write(bytes);
        bytesSent.addAndGet(bytes.length);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
