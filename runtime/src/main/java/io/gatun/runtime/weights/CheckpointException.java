package io.gatun.runtime.weights;

/** A checkpoint's files are damaged or do not fit the model. The message names file, key and value. */
public final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CheckpointException(String message) {
        super(message);
    }

    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
