package io.gatun.server;

import io.gatun.runtime.model.ModelRegistry;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code gatun models}. */
@Command(name = "models", description = "List the supported architectures, their families and where their code comes from.", mixinStandardHelpOptions = true,
        footer = {"", "Examples:", "  gatun models", "  gatun models --model-impl-jars my-models.jar"})
final class ModelsCommand implements Callable<Integer> {
    @Mixin
    private ModelImplJars modelImplJars;

    @Override
    public Integer call() {
        modelImplJars.register();
        var models = ModelRegistry.models().values();
        int width = models.stream().mapToInt(model -> model.architecture().length()).max().orElse(0);
        int familyWidth = models.stream().mapToInt(model -> model.family().length()).max().orElse(0);
        models.forEach(model -> System.out.printf("%-" + width + "s  %-" + familyWidth + "s  %s%n", model.architecture(), model.family(), model.source()));
        return 0;
    }
}
