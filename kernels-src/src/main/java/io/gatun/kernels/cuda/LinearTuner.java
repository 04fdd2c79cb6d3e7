package io.gatun.kernels.cuda;

import io.gatun.kernels.Progress;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Chooses plans by measuring them, once for a card and a shape. What a dry run would have launched is measured behind it; up to {@value #MOST_TOKENS} tokens,
 * since beyond them the time is the tensor cores' and well foretold. All of {@link LinearPlan#GEMV_ROWS} tokens and fewer have one plan, so that
 * a token's bits do not depend on which of them there are.
 */
final class LinearTuner {
    static final int MOST_TOKENS = 256;
    private static final String TASK = "choosing kernels by measurement";
    private static final int MOST_WEIGHTS = 8;

    /**
     * Problems with one plan.
     *
     * @param tokens the most
     */
    record Key(int tokens, int n, int k, DType type, DType out, boolean bias) {
        static Key of(LinearProblem p) {
            int tokens = p.m() <= LinearPlan.GEMV_ROWS ? LinearPlan.GEMV_ROWS : Integer.highestOneBit(p.m() - 1) * 2;
            return new Key(tokens, p.n(), p.k(), p.type(), p.out(), p.bias());
        }

        LinearProblem problem() {
            return new LinearProblem(tokens, n, k, type, out, bias, true);
        }
    }

    private final Launcher launcher;
    private final TunedPlans file;
    private final Map<Key, LinearPlan> plans;
    private final Map<Key, List<Tensor>> wanted = new LinkedHashMap<>();

    LinearTuner(Launcher launcher, TunedPlans file) {
        this.launcher = launcher;
        this.file = file;
        this.plans = file.load();
    }

    /** The plan for a problem, if it was measured. In a dry run problems without one are remembered. */
    Optional<LinearPlan> find(LinearProblem p, Tensor weight) {
        if (!p.fitsTensorCores() || p.m() > MOST_TOKENS) {
            return Optional.empty();
        }
        var key = Key.of(p);
        var plan = plans.get(key);
        if (plan == null && launcher.isDry()) {
            var weights = wanted.computeIfAbsent(key, k -> new ArrayList<>());
            if (weights.size() < MOST_WEIGHTS && weights.stream().noneMatch(seen -> seen.address() == weight.address())) {
                weights.add(weight);
            }
        }
        return Optional.ofNullable(plan);
    }

    /**
     * Measures what was remembered.
     *
     * @return how many kernels that took to compile; empty if nothing was to be measured
     */
    OptionalInt tune(CudaLinear linear, Progress progress) {
        if (wanted.isEmpty()) {
            return OptionalInt.empty();
        }
        int compiled = compile(progress);
        int done = 0;
        for (var entry : wanted.entrySet()) {
            progress.report(TASK, done++, wanted.size());
            var key = entry.getKey();
            try (var timer = new LinearTimer(launcher, linear, entry.getValue(), key.tokens, key.out)) {
                var candidates = candidates(key.problem());
                compiled += prepare(timer, candidates, key.tokens);
                plans.put(key, candidates.stream().min(Comparator.comparingDouble(plan -> seconds(timer, plan, key.tokens))).orElseThrow());
            }
        }
        progress.report(TASK, done, done);
        wanted.clear();
        file.store(plans);
        return OptionalInt.of(compiled);
    }

    /** Every candidate by itself and behind a norm, the usual plan first. */
    List<LinearTiming> compare(CudaLinear linear, List<Tensor> weights, int tokens, DType out) {
        var weight = weights.getFirst();
        var candidates = candidates(new LinearProblem(tokens, weight.rows(), weight.cols(), weight.dtype(), out, false, true));
        try (var timer = new LinearTimer(launcher, linear, weights, tokens, out)) {
            prepare(timer, candidates, tokens);
            double norm = timer.normSeconds(tokens);
            return candidates.stream().map(plan -> new LinearTiming(TunedPlans.text(plan), timer.seconds(plan, tokens, false),
                    timer.seconds(plan, tokens, true) - norm)).toList();
        }
    }

    private List<LinearPlan> candidates(LinearProblem problem) {
        return LinearCandidates.of(problem, launcher.device().computeCapability(), launcher.device().multiprocessors());
    }

    /** All candidates of all problems at once, since that is done in parallel. */
    private int compile(Progress progress) {
        return launcher.prepare(() -> wanted.keySet().forEach(key -> candidates(key.problem())
                .forEach(plan -> launcher.function(new LinearVariant(plan, key.type, key.out, false), LinearVariant::spec))), progress);
    }

    private int prepare(LinearTimer timer, List<LinearPlan> candidates, int tokens) {
        return launcher.prepare(() -> candidates.forEach(plan -> timer.run(plan, tokens, true, 0)), Progress.NONE);
    }

    /** For few tokens what the fewest and the most take. */
    private static double seconds(LinearTimer timer, LinearPlan plan, int tokens) {
        double most = timer.seconds(plan, tokens, true);
        return tokens > LinearPlan.GEMV_ROWS ? most : most + timer.seconds(plan, 1, true);
    }
}
