package io.gatun.server;

import io.gatun.runtime.engine.EngineOptions;
import io.gatun.server.http.ServerOptions;
import io.gatun.server.http.ServerOptions.TlsFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How {@code gatun serve} is reached, and what it takes; named as SGLang's where that has such an option. */
final class ServeOptions {
    private static final String KEY_VARIABLE = "GATUN_API_KEY";

    @Option(names = "--host", defaultValue = "127.0.0.1", description = "Address to listen at; 0.0.0.0 for all. Default: ${DEFAULT-VALUE}.")
    private String host;

    @Option(names = "--port", defaultValue = "30000", paramLabel = "N",
            description = "Port to listen at; 0 for a free one, which is printed. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(names = "--served-model-name", paramLabel = "NAME", description = "What the model is called in requests and answers. Default: its folder's name.")
    private Optional<String> servedModelName = Optional.empty();

    @Option(names = "--api-key", paramLabel = "KEY",
            description = "Requests must come with this key; may be given several times. Default: " + KEY_VARIABLE + " of the environment.")
    private List<String> apiKeys = List.of();

    @Option(names = "--max-queued-requests", defaultValue = "1024", paramLabel = "N",
            description = "Requests that may wait beyond those that run; more are answered with 429. Default: ${DEFAULT-VALUE}.")
    private int maxQueuedRequests;

    @Option(names = "--max-body-size", defaultValue = "64", paramLabel = "MIB",
            description = "The largest body of a request in MiB. Default: ${DEFAULT-VALUE}.")
    private int maxBodySize;

    @Option(names = "--max-images", defaultValue = "16", paramLabel = "N", description = "The most pictures of a request. Default: ${DEFAULT-VALUE}.")
    private int maxImages;

    @Option(names = "--max-output-tokens", paramLabel = "N", description = "The most tokens that a request may ask for. Default: what the context holds.")
    private Optional<Integer> maxOutputTokens = Optional.empty();

    @Option(names = "--request-timeout", defaultValue = "600", paramLabel = "S",
            description = "The longest that a request may take, in seconds. Default: ${DEFAULT-VALUE}.")
    private int requestTimeout;

    @Option(names = "--drain-timeout", defaultValue = "30", paramLabel = "S",
            description = "How long running requests may go on after SIGTERM, in seconds. Default: ${DEFAULT-VALUE}.")
    private int drainTimeout;

    @Option(names = "--allow-image-urls", description = "Get pictures from the http and https addresses that requests give, too, not from data: URIs alone.")
    private boolean allowImageUrls;

    @Option(names = "--tls-cert", paramLabel = "FILE", description = "Certificate chain in PEM: serve HTTPS.")
    private Optional<Path> tlsCert = Optional.empty();

    @Option(names = "--tls-key", paramLabel = "FILE", description = "The certificate's private key in PEM (PKCS #8).")
    private Optional<Path> tlsKey = Optional.empty();

    @Option(names = "--cors-origin", paramLabel = "ORIGIN", description = "Let web pages from this origin call, * for all; may be given several times.")
    private List<String> corsOrigins = List.of();

    /** The options as the server takes them. */
    ServerOptions toServerOptions(Path modelPath) {
        try {
            return new ServerOptions(host, port, servedModelName.orElseGet(() -> modelPath.toAbsolutePath().normalize().getFileName().toString()), keys(),
                    (long) maxBodySize << 20, maxImages, maxOutputTokens, Duration.ofSeconds(requestTimeout), Duration.ofSeconds(drainTimeout), tls(),
                            corsOrigins);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage());
        }
    }

    /** Those of the engine. */
    EngineOptions.Builder over(EngineOptions.Builder engine) {
        if (maxQueuedRequests < 0) {
            throw new UsageException("--max-queued-requests is " + maxQueuedRequests + "; it must be at least 0");
        }
        return engine.maxQueuedRequests(maxQueuedRequests);
    }

    boolean allowsImageUrls() {
        return allowImageUrls;
    }

    private List<String> keys() {
        var keys = new ArrayList<>(apiKeys);
        if (keys.isEmpty()) {
            Optional.ofNullable(System.getenv(KEY_VARIABLE)).filter(key -> !key.isEmpty()).ifPresent(keys::add);
        }
        return keys;
    }

    private Optional<TlsFiles> tls() {
        if (tlsCert.isPresent() != tlsKey.isPresent()) {
            throw new UsageException("--tls-cert and --tls-key go together; one of them is missing");
        }
        for (var file : List.of(tlsCert, tlsKey)) {
            if (file.isPresent() && !Files.isRegularFile(file.get())) {
                throw new UsageException(file.get() + " is no file; it must be PEM");
            }
        }
        return tlsCert.map(cert -> new TlsFiles(cert, tlsKey.orElseThrow()));
    }
}
