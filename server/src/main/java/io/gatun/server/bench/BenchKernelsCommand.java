package io.gatun.server.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.kernels.Backend;
import io.gatun.kernels.DeviceChoice;
import io.gatun.kernels.KernelOptions;
import io.gatun.kernels.cuda.CudaKernels;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import io.gatun.runtime.model.ModelRegistry;
import io.gatun.server.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gatun bench-kernels}: each GPU kernel at a model's shapes. */
@Command(name = "bench-kernels", mixinStandardHelpOptions = true,
        description = "Time each GPU kernel at a model's shapes, beside the floor of an H200.",
        footer = {"", "Examples:", "  gatun bench-kernels --model-path models/configs/llama-3.1-8b",
            "  gatun bench-kernels --model-path models/configs/llama-3.2-1b --tokens 1,64 --json kernels.jsonl"})
public final class BenchKernelsCommand implements Callable<Integer> {
    @Option(names = {"--model-path", "--model"}, required = true, paramLabel = "DIR", description = "Folder with config.json; no weights are read.")
    private Path modelPath;

    @Option(names = "--dtype", defaultValue = "bfloat16", paramLabel = "TYPE", description = "bfloat16 or float16. Default: ${DEFAULT-VALUE}.")
    private String dtype;

    @Option(names = "--tokens", split = ",", defaultValue = "1,8,64,256,1024,8192", paramLabel = "N",
            description = "Tokens in a step. Default: ${DEFAULT-VALUE}.")
    private List<Integer> tokens;

    @Option(names = "--json", paramLabel = "FILE", description = "Write one object a line and kernel.")
    private Path json;

    @Option(names = "--variants", hidden = true, description = "Time the linear layers only, by each plan that there is for them.")
    private boolean variants;

    @Override
    public Integer call() throws IOException {
        for (int count : tokens) {
            if (count < 1) {
                throw new UsageException("--tokens is " + count + "; it must be at least 1");
            }
        }
        int[] counts = tokens.stream().mapToInt(Integer::intValue).toArray();
        var config = ModelRegistry.config(modelPath);
        if (json != null) {
            Files.writeString(json, "");
        }
        try (var backend = Backend.open(DeviceChoice.CUDA, KernelOptions.DEFAULT)) {
            if (variants) {
                new VariantBench((CudaDevice) backend.device(), (CudaKernels) backend.kernels(), config, DType.ofTorchName(dtype)).run(counts);
                return 0;
            }
            System.out.printf(Locale.ROOT, "%-30s %-26s %10s %10s %8s %9s %9s%n", "kernel", "shape", "us", "floor us", "% floor", "TB/s", "TFLOP/s");
            new KernelBench((CudaDevice) backend.device(), backend.kernels(), config, DType.ofTorchName(dtype), this::print)
                    .run(counts);
        }
        return 0;
    }

    private void print(KernelBench.Row row) {
        System.out.printf(Locale.ROOT, "%-30s %-26s %10.2f %10.2f %8.1f %9.2f %9.1f%n", row.kernel(), row.shape(), row.seconds() * 1e6,
                row.floorSeconds() * 1e6, 100 * row.floorSeconds() / row.seconds(), row.bytes() / row.seconds() / 1e12, row.flops() / row.seconds() / 1e12);
        if (json != null) {
            try {
                Files.writeString(json, new ObjectMapper().writeValueAsString(row) + "\n", StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UsageException("--json " + json + " cannot be written: " + e.getMessage());
            }
        }
    }
}
