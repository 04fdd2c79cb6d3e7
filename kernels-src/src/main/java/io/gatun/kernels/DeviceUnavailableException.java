package io.gatun.kernels;

/** A GPU was asked for and cannot be used; the message says why and what to do. */
public final class DeviceUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DeviceUnavailableException(String message) {
        super(message);
    }
}
