package io.gatun.server;

/** The command line is wrong in a way that the parser does not see; ends with exit code 2. */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UsageException(String message) {
        super(message);
    }
}
