package io.gatun.server.http;

import io.gatun.runtime.engine.Engine;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The model behind the server, from the moment it begins to load until the last request has ended. */
public final class Service {
    private static final Duration POLL = Duration.ofMillis(20);

    private final ServerOptions options;
    private final ServerMetrics metrics;
    private final Instant started = Instant.now();
    private final Set<Cancellation> running = ConcurrentHashMap.newKeySet();
    private volatile Phase phase = Phase.LOADING;
    private volatile Optional<Engine> engine = Optional.empty();

    /** How far it is. */
    public enum Phase { LOADING, READY, DRAINING }

    Service(ServerOptions options) {
        this.options = options;
        this.metrics = new ServerMetrics(options.modelName());
    }

    void ready(Engine loaded) {
        engine = Optional.of(loaded);
        phase = Phase.READY;
    }

    /** Refuses new requests, waits for running ones as long as they may go on, and ends the others. */
    void drain() {
        phase = Phase.DRAINING;
        if (!awaitIdle(options.drainTimeout())) {
            running.forEach(request -> request.cancel(Cancellation.Reason.SHUTDOWN));
            awaitIdle(Duration.ofSeconds(2));
        }
    }

    /** Counts a request as running until {@link #ended}. */
    void began(Cancellation request) {
        running.add(request);
        if (phase == Phase.DRAINING) {
            running.remove(request);
            throw draining();
        }
    }

    void ended(Cancellation request) {
        running.remove(request);
    }

    /**
     * The engine.
     *
     * @throws ApiException if there is none yet, or no longer
     */
    public Engine engine() {
        if (phase == Phase.DRAINING) {
            throw draining();
        }
        return engine.orElseThrow(() -> ApiException.unavailable("model_loading", "the model is being loaded; try again later"));
    }

    /** The engine as long as it is there, also while requests end. */
    public Optional<Engine> loadedEngine() {
        return engine;
    }

    public Phase phase() {
        return phase;
    }

    public ServerOptions options() {
        return options;
    }

    public ServerMetrics metrics() {
        return metrics;
    }

    /** When the server was started. */
    public Instant started() {
        return started;
    }

    /**
     * Checks the model that a request names.
     *
     * @throws ApiException if it is not the one that is served
     */
    public void requireModel(Fields body) {
        if (body.has("model") && !isServed(body.text("model"))) {
            throw ApiException.modelNotFound(body.text("model"), options.modelName());
        }
    }

    /** Whether a model goes by this name; SGLang's clients call any model "default". */
    public boolean isServed(String model) {
        return model.equals(options.modelName()) || model.equals("default");
    }

    private boolean awaitIdle(Duration most) {
        long deadline = System.nanoTime() + most.toNanos();
        while (!running.isEmpty()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    private static ApiException draining() {
        return ApiException.unavailable("shutting_down", "the server is shutting down");
    }
}
