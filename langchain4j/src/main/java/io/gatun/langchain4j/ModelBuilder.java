package io.gatun.langchain4j;

import io.gatun.runtime.engine.Engine;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What the builders of all models have: which engine, and what it is called.
 *
 * @param <B> the builder
 */
abstract class ModelBuilder<B extends ModelBuilder<B>> {
    private Optional<Engine> engine = Optional.empty();
    private Optional<Path> modelPath = Optional.empty();
    private Optional<String> modelName = Optional.empty();

    /** This, as what it is. */
    abstract B self();

    /** An engine that is running; several models may share it. Closing the model leaves it open. */
    public B engine(Engine value) {
        engine = Optional.of(value);
        return self();
    }

    /** The folder of a model, which gets an engine of its own with default options. Closing the model closes it. */
    public B modelPath(Path value) {
        modelPath = Optional.of(value);
        return self();
    }

    /** What the model is called in requests and responses. Default: its folder's name, or its architecture where an engine is given. */
    public B modelName(String value) {
        modelName = Optional.ofNullable(value);
        return self();
    }

    EngineHandle handle(Optional<Predicate<URI>> pictures) {
        if (engine.isPresent() == modelPath.isPresent()) {
            throw new IllegalArgumentException("engine and modelPath are " + (engine.isPresent() ? "both given" : "both missing") + "; give one of them");
        }
        return engine.map(found -> EngineHandle.shared(found, modelName)).orElseGet(() -> EngineHandle.load(modelPath.orElseThrow(), modelName, pictures));
    }
}
