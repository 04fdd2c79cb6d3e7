package io.gatun.runtime.model;

import java.util.Map;

/** Models that a jar brings, found by {@link java.util.ServiceLoader}: name this interface's implementation in {@code META-INF/services}. */
public interface ModelProvider {

    /** Factories by the name that stands in config.json under {@code architectures}. */
    Map<String, ModelFactory> models();
}
