package io.gatun.bindings;

/** NVRTC is missing or unusable, or one of its calls failed. */
public final class NvrtcException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NvrtcException(String message) {
        super(message);
    }

    NvrtcException(String message, Throwable cause) {
        super(message, cause);
    }
}
