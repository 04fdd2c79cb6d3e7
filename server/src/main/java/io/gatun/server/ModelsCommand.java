package io.gatun.server;

import io.gatun.runtime.model.ModelRegistry;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code gatun models}. */
@Command(name = "models", description = "List the supported architectures.", mixinStandardHelpOptions = true,
        footer = {"", "Examples:", "  gatun models"})
final class ModelsCommand implements Callable<Integer> {

    @Override
    public Integer call() {
        ModelRegistry.models().keySet().forEach(System.out::println);
        return 0;
    }
}
