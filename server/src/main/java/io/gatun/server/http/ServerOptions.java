package io.gatun.server.http;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How the server is reached, and what it takes.
 *
 * @param host the address to listen at
 * @param port the port to listen at; 0 for any that is free
 * @param modelName what the model is called in requests and answers
 * @param apiKeys one of these must come with a request; empty for none
 * @param maxBodyBytes the most bytes of a request's body
 * @param maxImages the most pictures of a request
 * @param maxOutputTokens the most new tokens that a request may ask for; empty for what the context holds
 * @param requestTimeout the longest that a request may take
 * @param drainTimeout how long running requests may go on when the server is told to stop
 * @param tls certificate and key; empty for plain HTTP
 * @param corsOrigins web pages from these origins may call; {@code *} for all
 */
public record ServerOptions(String host, int port, String modelName, List<String> apiKeys, long maxBodyBytes, int maxImages, Optional<Integer> maxOutputTokens,
        Duration requestTimeout, Duration drainTimeout, Optional<TlsFiles> tls, List<String> corsOrigins) {

    /**
     * What the server shows to clients of HTTPS.
     *
     * @param certificate a chain of certificates in PEM
     * @param key its private key in PEM (PKCS #8)
     */
    public record TlsFiles(Path certificate, Path key) {
    }

    public ServerOptions {
        apiKeys = List.copyOf(apiKeys);
        corsOrigins = List.copyOf(corsOrigins);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port is " + port + "; it must be 0 to 65535");
        }
        if (modelName.isBlank()) {
            throw new IllegalArgumentException("the served model name is blank; it must have at least one character");
        }
        if (apiKeys.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("an API key is blank; it must have at least one character");
        }
        if (maxBodyBytes < 1 || maxBodyBytes > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException("max body size is " + maxBodyBytes + " bytes; it must be 1 to " + (Integer.MAX_VALUE - 16));
        }
        if (maxImages < 0) {
            throw new IllegalArgumentException("max images is " + maxImages + "; it must be at least 0");
        }
        if (maxOutputTokens.isPresent() && maxOutputTokens.get() < 1) {
            throw new IllegalArgumentException("max output tokens is " + maxOutputTokens.get() + "; it must be at least 1");
        }
        if (requestTimeout.isZero() || requestTimeout.isNegative() || drainTimeout.isNegative()) {
            throw new IllegalArgumentException("timeouts are " + requestTimeout.toSeconds() + " s for requests and " + drainTimeout.toSeconds()
                    + " s to drain; they must be above 0, and at least 0");
        }
    }

    /** Options for a loopback server at any free port. */
    public static ServerOptions local(String modelName) {
        return new ServerOptions("127.0.0.1", 0, modelName, List.of(), 64L << 20, 16, Optional.empty(), Duration.ofMinutes(10), Duration.ofSeconds(30),
                Optional.empty(), List.of());
    }
}
