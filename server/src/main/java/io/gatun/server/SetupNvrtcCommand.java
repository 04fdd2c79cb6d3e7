package io.gatun.server;

import io.gatun.server.nvrtc.NvrtcInstaller;
import io.gatun.server.nvrtc.NvrtcRelease;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gatun setup-nvrtc}. */
@Command(name = "setup-nvrtc", mixinStandardHelpOptions = true,
        description = "Fetch NVRTC, CUDA's run-time compiler, from Maven Central into Gatun's own folder (about 50 MB).",
        footer = {"", "Examples:", "  gatun setup-nvrtc", "  gatun setup-nvrtc --version-of-cuda 12.9",
            "  gatun setup-nvrtc --from-jar cuda-redist-13.1-9.19-1.5.13-linux-x86_64.jar"})
final class SetupNvrtcCommand implements Callable<Integer> {
    @Option(names = "--version-of-cuda", paramLabel = "V", description = "12.9, 13.1 or 13.3. Default: what this machine's driver can load.")
    private String version;

    @Option(names = "--repository", paramLabel = "URL", description = "A mirror of Maven Central.")
    private URI repository = NvrtcInstaller.MAVEN_CENTRAL;

    @Option(names = "--from-jar", paramLabel = "FILE", description = "A cuda-redist jar on this machine, instead of fetching.")
    private Path jar;

    @Override
    public Integer call() {
        try (var progress = new ProgressBar()) {
            var installer = new NvrtcInstaller(progress);
            var installed = jar != null ? installer.install(jar)
                    : installer.install(version == null ? NvrtcRelease.forThisMachine() : NvrtcRelease.of(version), repository);
            progress.clear();
            System.out.println("NVRTC " + installed.version() + (installed.alreadyThere() ? " is in place: " : " installed: ") + installed.library());
        }
        return 0;
    }
}
