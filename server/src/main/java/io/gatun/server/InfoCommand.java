package io.gatun.server;

import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaStatus;
import io.gatun.bindings.NvrtcException;
import io.gatun.bindings.NvrtcLibrary;
import io.gatun.kernels.cuda.CudaKernels;
import io.gatun.memory.CpuDevice;
import io.gatun.memory.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code gatun info}. */
@Command(name = "info", description = "Show device, driver, NVRTC, JDK and caches.", mixinStandardHelpOptions = true,
        footer = {"", "Examples:", "  gatun info"})
final class InfoCommand implements Callable<Integer> {

    @Override
    public Integer call() throws IOException {
        switch (Cuda.probe()) {
            case CudaStatus.Available gpu -> {
                line("GPU", gpu.name() + ", compute capability " + gpu.computeCapability() + ", " + gpu.multiprocessors() + " multiprocessors, "
                        + Sizes.bytes(gpu.totalMemory()));
                line("driver", "CUDA " + gpu.driver());
            }
            case CudaStatus.Unavailable none -> {
                line("GPU", "none: " + none.message());
                line("driver", Cuda.driverVersion().map(version -> "CUDA " + version).orElse("none"));
            }
        }
        line("NVRTC", nvrtc());
        try (var cpu = new CpuDevice()) {
            line("CPU", Runtime.getRuntime().availableProcessors() + " cores, " + Sizes.bytes(cpu.totalBytes()) + ", " + Sizes.bytes(cpu.freeBytes()) + " free");
        }
        line("JDK", Runtime.version() + " (" + System.getProperty("java.home") + ")");
        line("kernel cache", folder(CudaKernels.cacheFolder()));
        line("Gatun's NVRTC", folder(NvrtcLibrary.gatunFolder()));
        return 0;
    }

    private static String nvrtc() {
        try {
            var nvrtc = NvrtcLibrary.load();
            return nvrtc.version() + " (" + nvrtc.path() + ")";
        } catch (NvrtcException e) {
            return "none: " + e.getMessage();
        }
    }

    private static String folder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return folder + " (not there yet)";
        }
        try (var files = Files.list(folder)) {
            long[] countAndBytes = files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length())
                    .collect(() -> new long[2], (sum, bytes) -> {
                        sum[0]++;
                        sum[1] += bytes;
                    }, (a, b) -> {
                        a[0] += b[0];
                        a[1] += b[1];
                    });
            return folder + " (" + countAndBytes[0] + " files, " + Sizes.bytes(countAndBytes[1]) + ")";
        }
    }

    private static void line(String name, String value) {
        System.out.printf("%-14s %s%n", name, value);
    }
}
