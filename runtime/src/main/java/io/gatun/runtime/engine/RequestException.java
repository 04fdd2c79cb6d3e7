package io.gatun.runtime.engine;

/** A request cannot be served as it is; the message says what is wrong with it. Other requests are not affected. */
public final class RequestException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RequestException(String message) {
        super(message);
    }

    public RequestException(String message, Throwable cause) {
        super(message, cause);
    }
}
