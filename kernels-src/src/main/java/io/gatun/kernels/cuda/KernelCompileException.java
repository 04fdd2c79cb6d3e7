package io.gatun.kernels.cuda;

/** NVRTC refused a source; the message holds its log, with file and line. */
public final class KernelCompileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    KernelCompileException(String message) {
        super(message);
    }
}
