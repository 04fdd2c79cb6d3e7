package io.gatun.runtime.model;

import io.gatun.memory.OutOfMemoryException;
import io.gatun.runtime.config.ConfigException;
import io.gatun.runtime.config.ModelConfig;
import io.gatun.runtime.weights.CheckpointException;
import io.gatun.runtime.weights.WeightSource;
import java.nio.file.Path;

/**
 * A model that is there to be loaded.
 *
 * @param architecture its name in config.json
 * @param factory makes it
 * @param source the jar or folder that its code came from
 */
public record ModelEntry(String architecture, ModelFactory factory, String source) {

    /** The name without what it is for: {@code Llama} of {@code LlamaForCausalLM}. */
    public String family() {
        int suffix = architecture.indexOf("For");
        return suffix > 0 ? architecture.substring(0, suffix) : architecture;
    }

    /**
     * Makes the model.
     *
     * @throws ConfigException as the factory; also if it fails for a reason of its own, naming where it came from
     */
    CausalLm create(ModelConfig config, WeightSource weights) {
        try {
            return factory.create(config, weights);
        } catch (ConfigException | CheckpointException | OutOfMemoryException e) {
            throw e;
        } catch (LinkageError e) {
            throw new ConfigException("the model '" + architecture + "' of " + source + " was built for another version of Gatun: " + e, e);
        } catch (RuntimeException e) {
            throw new ConfigException("the model '" + architecture + "' of " + source + " failed to be made: " + e, e);
        }
    }

    static String sourceOf(Class<?> type) {
        var code = type.getProtectionDomain().getCodeSource();
        if (code == null || code.getLocation() == null) {
            return "the application";
        }
        return "file".equals(code.getLocation().getProtocol()) ? Path.of(code.getLocation().getPath()).getFileName().toString() : code.getLocation().toString();
    }
}
