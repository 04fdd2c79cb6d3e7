package io.gatun.kernels.cuda;

import io.gatun.kernels.cuda.LinearPlan.GemmWgmma;
import io.gatun.kernels.cuda.LinearPlan.Gemv;
import io.gatun.kernels.cuda.LinearPlan.GemvStream;
import io.gatun.kernels.cuda.LinearTuner.Key;
import io.gatun.memory.CudaDevice;
import io.gatun.memory.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The plans chosen by measurement, in one text file for a card and a state of the kernels' sources: a line is {@code tokens n k type out bias plan sizes}.
 * A file that cannot be read or written costs time, not the run.
 */
final class TunedPlans {
    private static final List<String> SOURCES = List.of("gemv", "gemv_stream", "gemm_wgmma");

    private final Path file;

    TunedPlans(Path file) {
        this.file = file;
    }

    /** The file beside {@code folder}, that of the compiled kernels. */
    static TunedPlans beside(Path folder, CudaDevice device) {
        var hash = new StringBuilder();
        SOURCES.forEach(source -> hash.append(CubinCache.key(KernelSources.read(source), List.of(), ""), 0, 5));
        String card = device.model().replaceAll("[^A-Za-z0-9]+", "-");
        return new TunedPlans(folder.resolveSibling("plans").resolve(card + "-" + device.multiprocessors() + "-" + hash + ".txt"));
    }

    Map<Key, LinearPlan> load() {
        var plans = new HashMap<Key, LinearPlan>();
        try {
            for (String line : Files.readAllLines(file)) {
                String[] words = line.split(" ");
                var key = new Key(Integer.parseInt(words[0]), Integer.parseInt(words[1]), Integer.parseInt(words[2]), DType.valueOf(words[3]),
                        DType.valueOf(words[4]), Boolean.parseBoolean(words[5]));
                plans.put(key, plan(words[6], Arrays.stream(words, 7, words.length).mapToInt(Integer::parseInt).toArray()));
            }
            return plans;
        } catch (IOException | IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            return new HashMap<>();
        }
    }

    void store(Map<Key, LinearPlan> plans) {
        var lines = new TreeSet<String>();
        plans.forEach((key, plan) -> lines.add(key.tokens() + " " + key.n() + " " + key.k() + " " + key.type() + " " + key.out() + " " + key.bias() + " "
                + text(plan)));
        try {
            Files.createDirectories(file.getParent());
            var temporary = Files.createTempFile(file.getParent(), "plans", ".tmp");
            Files.write(temporary, lines);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            System.getLogger(TunedPlans.class.getName()).log(System.Logger.Level.DEBUG, file + " was not written", e);
        }
    }

    /** The name of a plan and its sizes. */
    static String text(LinearPlan plan) {
        return switch (plan) {
            case Gemv(int warps, int unroll, int blocksPerSm) -> "gemv " + warps + " " + unroll + " " + blocksPerSm;
            case GemvStream(int warps, int steps, int rowTiles, int stages) -> "gemv_stream " + warps + " " + steps + " " + rowTiles + " " + stages;
            case GemmWgmma(int tokens, int splits, int warpgroups) -> "gemm_wgmma " + tokens + " " + splits + " " + warpgroups;
            default -> plan.toString();
        };
    }

    private static LinearPlan plan(String name, int[] sizes) {
        return switch (name) {
            case "gemv" -> new Gemv(sizes[0], sizes[1], sizes[2]);
            case "gemv_stream" -> new GemvStream(sizes[0], sizes[1], sizes[2], sizes[3]);
            case "gemm_wgmma" -> new GemmWgmma(sizes[0], sizes[1], sizes[2]);
            default -> throw new IllegalArgumentException("no plan is called " + name);
        };
    }
}
