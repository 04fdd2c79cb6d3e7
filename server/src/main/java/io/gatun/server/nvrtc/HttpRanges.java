package io.gatun.server.nvrtc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/** A jar on a web server, read by HTTP range requests; a request that breaks or stalls is made again. */
final class HttpRanges implements ByteRanges {
    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final Duration ONE_PIECE = Duration.ofSeconds(90);
    private static final int TRIES = 3;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");

    private final HttpClient client;
    private final URI jar;
    private final long size;

    /** Asks the server for the jar's size. */
    HttpRanges(URI jar) {
        this.jar = jar;
        this.client = HttpClient.newBuilder().connectTimeout(CONNECT).followRedirects(HttpClient.Redirect.NORMAL)
            .proxy(EnvironmentProxy.of(System::getenv)).build();
        try {
            this.size = request(0, 1).total();
        } catch (NvrtcInstallException e) {
            client.shutdownNow();
            throw e;
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public byte[] read(long offset, int length) {
        return request(offset, length).bytes();
    }

    @Override
    public String toString() {
        return jar.toString();
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    private record Piece(byte[] bytes, long total) {
    }

    private Piece request(long offset, int length) {
        for (int attempt = 1; ; attempt++) {
            try {
                return once(offset, length);
            } catch (IOException e) {
                if (attempt == TRIES) {
                    throw new NvrtcInstallException("cannot read " + jar + " (" + e + "): check the network and https_proxy, "
                        + "name a mirror of Maven Central with --repository, or fetch the jar elsewhere and pass it with --from-jar", e);
                }
            }
        }
    }

    private Piece once(long offset, int length) throws IOException {
        var request = HttpRequest.newBuilder(jar).header("Range", "bytes=" + offset + "-" + (offset + length - 1)).build();
        // What is wrong is thrown before the body comes: it may be the whole jar.
        var answer = client.sendAsync(request, head -> {
            long total = total(head, offset, length);
            return BodySubscribers.mapping(BodySubscribers.ofByteArray(), bytes -> new Piece(bytes, total));
        });
        try {
            return answer.orTimeout(ONE_PIECE.toSeconds(), TimeUnit.SECONDS).join().body();
        } catch (CompletionException e) {
            throw worthAnotherTry(e);
        }
    }

    private static IOException worthAnotherTry(CompletionException failure) {
        return switch (failure.getCause()) {
            case IOException broken -> broken;
            case UncheckedIOException busy -> busy.getCause();
            case TimeoutException stalled -> new IOException("no answer within " + ONE_PIECE.toSeconds() + " s", stalled);
            case RuntimeException refused -> throw refused;
            default -> throw failure;
        };
    }

    /** The jar's length, from an answer that holds what was asked for. */
    private long total(ResponseInfo head, long offset, int length) {
        switch (head.statusCode()) {
            case 206 -> { }
            case 200 -> throw withoutRanges();
            case 404 -> throw new NvrtcInstallException(jar + " does not exist (404): is --repository the root of a Maven repository?");
            case 407 -> throw new NvrtcInstallException("the proxy asks for a password (407), which is not supported: fetch " + jar
                + " by other means and pass it with --from-jar");
            case 429, 500, 502, 503, 504 -> throw new UncheckedIOException(new IOException("HTTP " + head.statusCode()));
            default -> throw new NvrtcInstallException(jar + " cannot be fetched: HTTP " + head.statusCode());
        }
        var range = CONTENT_RANGE.matcher(head.headers().firstValue("Content-Range").orElse(""));
        if (!range.matches() || Long.parseLong(range.group(1)) != offset || Long.parseLong(range.group(2)) != offset + length - 1) {
            throw withoutRanges();
        }
        return Long.parseLong(range.group(3));
    }

    private NvrtcInstallException withoutRanges() {
        return new NvrtcInstallException("the server of " + jar + " does not serve parts of a file: name another mirror of Maven Central "
            + "with --repository, or fetch the jar as a whole and pass it with --from-jar");
    }
}
