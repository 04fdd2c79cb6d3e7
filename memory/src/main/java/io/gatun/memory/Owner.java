package io.gatun.memory;

import java.util.ArrayDeque;
import java.util.Deque;

/** Owns resources that are acquired one after the other, and closes them in reverse order, when all is done or when acquiring the next one fails. */
public final class Owner implements AutoCloseable {
    private final Deque<AutoCloseable> owned = new ArrayDeque<>();

    /** Takes a resource. */
    public <T extends AutoCloseable> T own(T resource) {
        owned.push(resource);
        return resource;
    }

    /** Closes everything, also if closing something fails; the first failure is thrown, with the others suppressed in it. */
    @Override
    public void close() {
        IllegalStateException failure = null;
        while (!owned.isEmpty()) {
            var resource = owned.pop();
            try {
                resource.close();
            } catch (Exception e) {
                if (failure == null) {
                    failure = new IllegalStateException("closing " + resource.getClass().getSimpleName() + " failed: " + e.getMessage(), e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
