package io.gatun.runtime.model;

import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.ModelConfig;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Models by the name that config.json gives under {@code architectures}: those that jars on the class path bring, and those that the application
 * registers. This is the one thing in Gatun that is shared by all engines of a process.
 */
public final class ModelRegistry {
    private static final Map<String, ModelFactory> REGISTERED = new ConcurrentSkipListMap<>();

    private ModelRegistry() {
    }

    /**
     * Adds a model.
     *
     * @throws IllegalArgumentException if there is one of that name, here or on the class path
     */
    public static void register(String architecture, ModelFactory factory) {
        if (provided().containsKey(architecture) || REGISTERED.putIfAbsent(architecture, factory) != null) {
            throw new IllegalArgumentException("there is a model called '" + architecture + "' already");
        }
    }

    /** All models by name. */
    public static Map<String, ModelFactory> models() {
        var all = provided();
        all.putAll(REGISTERED);
        return all;
    }

    /**
     * The factory for a configuration.
     *
     * @throws ConfigException listing the supported names if there is none
     */
    static ModelFactory find(ModelConfig config) {
        var models = models();
        var factory = models.get(config.architecture());
        if (factory == null) {
            throw new ConfigException(config.json().source() + ": architecture '" + config.architecture() + "' is not supported; supported are "
                    + (models.isEmpty() ? "none: no jar with models is on the class path" : String.join(", ", models.keySet())));
        }
        return factory;
    }

    private static TreeMap<String, ModelFactory> provided() {
        var found = new TreeMap<String, ModelFactory>();
        for (var provider : ServiceLoader.load(ModelProvider.class)) {
            provider.models().forEach((name, factory) -> {
                if (found.putIfAbsent(name, factory) != null) {
                    throw new IllegalStateException("two jars on the class path bring a model called '" + name + "', one of them "
                            + provider.getClass().getProtectionDomain().getCodeSource().getLocation());
                }
            });
        }
        return found;
    }
}
