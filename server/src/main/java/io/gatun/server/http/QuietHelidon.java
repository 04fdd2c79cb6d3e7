package io.gatun.server.http;

import java.util.logging.Level;
import java.util.logging.Logger;

/** Keeps the web server from saying on standard error that it has started; its warnings stay. */
final class QuietHelidon {
    /** Held here, since the logging system forgets loggers, and their levels with them. */
    private static final Logger LOGGER = Logger.getLogger("io.helidon");

    private QuietHelidon() {
    }

    static void apply() {
        LOGGER.setLevel(Level.WARNING);
    }
}
