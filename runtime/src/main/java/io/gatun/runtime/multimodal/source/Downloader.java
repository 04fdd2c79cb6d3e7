package io.gatun.runtime.multimodal.source;

import io.gatun.runtime.multimodal.MediaException;
import io.gatun.runtime.multimodal.decode.PictureLimits;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** Gets pictures over a network, from addresses that are allowed, redirections among them. */
final class Downloader implements AutoCloseable {
    private static final int MOST_REDIRECTIONS = 5;

    private final PictureLimits limits;
    private final Predicate<URI> allowed;
    private final HttpClient client;

    Downloader(PictureLimits limits, Predicate<URI> allowed) {
        this.limits = limits;
        this.allowed = allowed;
        client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).connectTimeout(limits.time()).build();
    }

    /** The bytes at an address. */
    byte[] bytes(URI address) {
        long deadline = System.nanoTime() + limits.time().toNanos();
        var at = address;
        for (int i = 0; i <= MOST_REDIRECTIONS; i++) {
            var response = get(at, deadline);
            int status = response.statusCode();
            var location = response.headers().firstValue("Location");
            if (status == 200) {
                return response.body();
            }
            if (status / 100 != 3 || location.isEmpty()) {
                throw new MediaException(at + " answers with status " + status + "; it must be 200, and a picture");
            }
            at = redirected(at, location.get());
        }
        throw new MediaException(address + " redirects more than " + MOST_REDIRECTIONS + " times");
    }

    private static URI redirected(URI from, String location) {
        try {
            return from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new MediaException(from + " redirects to '" + location + "', which is no address", e);
        }
    }

    private HttpResponse<byte[]> get(URI address, long deadline) {
        String scheme = String.valueOf(address.getScheme());
        if (!scheme.equalsIgnoreCase("http") && !scheme.equalsIgnoreCase("https") || address.getHost() == null) {
            throw new MediaException("'" + address + "' is no address of a picture; it must begin with http:// or https:// and a host");
        }
        if (!allowed.test(address)) {
            throw new MediaException("pictures from " + address.getHost() + " are not allowed here; send a data: URI");
        }
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            throw late(address, null);
        }
        var request = HttpRequest.newBuilder(address).timeout(Duration.ofNanos(left)).GET().build();
        var future = client.sendAsync(request, info -> new LimitedBody(limits.bytes()));
        try {
            return future.get(left, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            future.cancel(true);
            throw late(address, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof MediaException media) {
                throw media;
            }
            throw new MediaException(address + " cannot be read: " + e.getCause(), e);
        } catch (InterruptedException e) {
            future.cancel(true);
            Thread.currentThread().interrupt();
            throw new MediaException(address + " was not read, as the thread was interrupted", e);
        }
    }

    private MediaException late(URI address, TimeoutException cause) {
        return new MediaException(address + " did not answer in full within " + limits.time().toMillis() + " ms", cause);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
