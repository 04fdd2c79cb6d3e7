package io.gatun.runtime.multimodal;

/** A picture, or something that should be one, cannot be taken; the message says which and why. */
public final class MediaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MediaException(String message) {
        super(message);
    }

    public MediaException(String message, Throwable cause) {
        super(message, cause);
    }
}
