package io.gatun.langchain4j;

import io.gatun.runtime.engine.Engine;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.multimodal.decode.PictureLimits;
import io.gatun.runtime.multimodal.source.ImageLoader;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The engine of a model.
 *
 * @param modelName what the engine's model is called here
 * @param owned what is closed with the model; nothing for an engine that was handed over
 */
record EngineHandle(Engine engine, String modelName, Runnable owned) implements AutoCloseable {

    /** An engine that others may use, too, and that is not closed. */
    static EngineHandle shared(Engine engine, Optional<String> modelName) {
        return new EngineHandle(engine, modelName.orElseGet(() -> engine.config().architecture()), () -> { });
    }

    /**
     * Loads an engine.
     *
     * @param pictures the addresses that pictures may be fetched from; empty for none
     */
    static EngineHandle load(Path modelPath, Optional<String> modelName, Optional<Predicate<URI>> pictures) {
        var options = EngineOptions.builder(modelPath);
        var loader = pictures.map(allowed -> ImageLoader.online(PictureLimits.DEFAULT, allowed));
        loader.ifPresent(options::imageLoader);
        try {
            var engine = Engine.load(options.build());
            return new EngineHandle(engine, modelName.orElseGet(() -> modelPath.toAbsolutePath().normalize().getFileName().toString()), () -> {
                engine.close();
                loader.ifPresent(ImageLoader::close);
            });
        } catch (RuntimeException e) {
            loader.ifPresent(ImageLoader::close);
            throw e;
        }
    }

    @Override
    public void close() {
        owned.run();
    }
}
