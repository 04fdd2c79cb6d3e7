package io.gatun.runtime.config;

/** A model folder's configuration is missing, malformed or asks for something unsupported. The message names file, key and value. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }

    public ConfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
