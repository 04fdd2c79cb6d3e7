package io.gatun.server.bench.serving;

/** A server could not be measured. */
final class ServingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ServingException(String message) {
        super(message);
    }
}
