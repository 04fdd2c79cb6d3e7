package io.gatun.server;

import io.gatun.runtime.model.ModelRegistry;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** The option that brings models of other jars; they stay for the life of the process. */
public final class ModelImplJars {
    @Option(names = "--model-impl-jars", split = ":", paramLabel = "JAR", description = "Jars that bring models of their own, separated by colons.")
    private List<Path> jars = List.of();

    /**
     * Adds the jars' models to the registry.
     *
     * @throws UsageException if a jar is missing or brings no model
     * @throws io.gatun.runtime.config.ConfigException if a model in it cannot be loaded
     */
    public void register() {
        if (jars.isEmpty()) {
            return;
        }
        var loader = new URLClassLoader(jars.stream().map(ModelImplJars::url).toArray(URL[]::new), ModelImplJars.class.getClassLoader());
        try {
            if (ModelRegistry.registerProvided(loader).isEmpty()) {
                throw new UsageException("--model-impl-jars " + jars + " brings no models: META-INF/services/io.gatun.runtime.model.ModelProvider must name a class in it");
            }
        } catch (IllegalArgumentException e) {
            throw new UsageException("--model-impl-jars: " + e.getMessage());
        }
    }

    private static URL url(Path jar) {
        if (!Files.isRegularFile(jar)) {
            throw new UsageException("--model-impl-jars: " + jar + " is not a file");
        }
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new UsageException("--model-impl-jars: " + jar + " cannot be opened: " + e.getMessage());
        }
    }
}
