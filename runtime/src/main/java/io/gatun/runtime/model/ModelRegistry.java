package io.gatun.runtime.model;

import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.JsonObject;
import io.gatun.runtime.config.ModelConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Models by the name that config.json gives under {@code architectures}: those that jars on the class path bring, and those that the application
 * registers. This is the one thing in Gatun that is shared by all engines of a process.
 */
public final class ModelRegistry {
    private static final Map<String, ModelEntry> REGISTERED = new ConcurrentSkipListMap<>();

    private ModelRegistry() {
    }

    /**
     * Adds a model.
     *
     * @throws IllegalArgumentException if there is one of that name, here or on the class path
     */
    public static void register(String architecture, ModelFactory factory) {
        add(new ModelEntry(architecture, factory, ModelEntry.sourceOf(factory.getClass())));
    }

    /** Adds a model, in place of one of that name if there is one. */
    public static void override(String architecture, ModelFactory factory) {
        REGISTERED.put(architecture, new ModelEntry(architecture, factory, ModelEntry.sourceOf(factory.getClass())));
    }

    /**
     * Adds the models of the providers that a class loader itself brings, not its parents.
     *
     * @return the models added
     * @throws ConfigException if a provider cannot be loaded, naming its jar
     * @throws IllegalArgumentException if there is one of a name already
     */
    public static List<ModelEntry> registerProvided(ClassLoader loader) {
        var own = byName(providers(loader).stream().filter(provider -> provider.getClass().getClassLoader() == loader).toList());
        own.values().forEach(ModelRegistry::add);
        return List.copyOf(own.values());
    }

    /** All models by name. */
    public static Map<String, ModelEntry> models() {
        var all = byName(providers(Thread.currentThread().getContextClassLoader()));
        all.putAll(REGISTERED);
        return all;
    }

    /**
     * Reads {@code config.json} of a model folder, completed as its model wants it.
     *
     * @throws ConfigException if it is missing or malformed, if no model of its architectures is known, or if it lacks what the model needs
     */
    public static ModelConfig config(Path modelPath) {
        var json = JsonObject.read(modelPath.resolve("config.json"));
        return ModelConfig.of(find(json).factory().complete(json));
    }

    /**
     * The model for a config.json: that of the first of its architectures that is known.
     *
     * @throws ConfigException listing the supported names if there is none
     */
    public static ModelEntry find(JsonObject json) {
        var models = models();
        var architectures = ModelConfig.architectures(json);
        for (var architecture : architectures) {
            if (models.containsKey(architecture)) {
                return models.get(architecture);
            }
        }
        throw new ConfigException(json.source() + ": architecture '" + String.join("', '", architectures)
                + "' is not supported; supported are "
                + (models.isEmpty() ? "none: no jar with models is on the class path" : String.join(", ", models.keySet())));
    }

    private static void add(ModelEntry entry) {
        var there = models().get(entry.architecture());
        if (there != null || REGISTERED.putIfAbsent(entry.architecture(), entry) != null) {
            throw new IllegalArgumentException("there is a model called '" + entry.architecture() + "' already"
                    + (there == null ? "" : ", from " + there.source()) + "; ModelRegistry.override puts another in its place");
        }
    }

    private static TreeMap<String, ModelEntry> byName(List<ModelProvider> providers) {
        var found = new TreeMap<String, ModelEntry>();
        for (var provider : providers) {
            var source = ModelEntry.sourceOf(provider.getClass());
            provider.models().forEach((name, factory) -> {
                var other = found.putIfAbsent(name, new ModelEntry(name, factory, source));
                if (other != null) {
                    throw new ConfigException("two jars bring a model called '" + name + "': " + other.source() + " and " + source
                            + "; take one of them off the class path");
                }
            });
        }
        return found;
    }

    private static List<ModelProvider> providers(ClassLoader loader) {
        var providers = new ArrayList<ModelProvider>();
        try {
            ServiceLoader.load(ModelProvider.class, loader).forEach(providers::add);
        } catch (ServiceConfigurationError e) {
            throw new ConfigException("a jar names a provider of models that cannot be loaded: " + e.getMessage()
                    + (e.getCause() == null ? "" : " (" + e.getCause() + ")"), e);
        } catch (LinkageError e) {
            throw new ConfigException("a jar with models was built for another version of Gatun or of Java: " + e, e);
        }
        return providers;
    }
}
