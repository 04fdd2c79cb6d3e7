package io.gatun.server.nvrtc;

/** NVRTC could not be installed; the message says why and what to do. */
public final class NvrtcInstallException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NvrtcInstallException(String message) {
        super(message);
    }

    NvrtcInstallException(String message, Throwable cause) {
        super(message, cause);
    }
}
