package io.gatun.kernels.cuda;

import io.gatun.kernels.cuda.LinearPlan.GemmWgmma;
import io.gatun.kernels.cuda.LinearPlan.Gemv;
import io.gatun.kernels.cuda.LinearPlan.GemvStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Plans that a product may be fastest by; the first is the one that is taken unmeasured. */
final class LinearCandidates {
    private static final int HOPPER = 90;
    /** Of the plans for more than a few tokens, as many as are worth compiling and measuring. */
    private static final int TILES = 8;
    private static final List<LinearPlan> GEMV = List.of(new Gemv(16, 4, 2), new Gemv(8, 4, 4), new Gemv(4, 4, 8), new Gemv(8, 8, 2), new Gemv(4, 8, 4));
    private static final List<LinearPlan> STREAM = List.of(new GemvStream(8, 4, 1, 6), new GemvStream(8, 4, 1, 4), new GemvStream(8, 2, 1, 12),
            new GemvStream(8, 2, 1, 8), new GemvStream(16, 4, 1, 3), new GemvStream(8, 2, 2, 6), new GemvStream(8, 4, 2, 3));

    private LinearCandidates() {
    }

    /** Those for a problem that the tensor cores take; none but the usual one where others were never tried. */
    static List<LinearPlan> of(LinearProblem p, int computeCapability, int multiprocessors) {
        var usual = LinearPlan.choose(p, computeCapability, multiprocessors);
        var plans = new ArrayList<>(List.of(usual));
        if (computeCapability == HOPPER) {
            var others = usual instanceof Gemv ? few() : tiles(p, multiprocessors);
            others.stream().filter(plan -> !plan.equals(usual)).forEach(plans::add);
        }
        return plans;
    }

    private static List<LinearPlan> few() {
        var plans = new ArrayList<>(GEMV);
        plans.addAll(STREAM);
        return plans;
    }

    private static List<LinearPlan> tiles(LinearProblem p, int multiprocessors) {
        var plans = new ArrayList<GemmWgmma>();
        for (int tokens : GemmWgmma.TOKENS) {
            for (int splits = 1; splits <= GemmWgmma.MAX_SPLITS; splits *= 2) {
                plans.add(new GemmWgmma(tokens, splits, 2));
                plans.add(new GemmWgmma(tokens, splits, 1));
            }
        }
        return plans.stream().sorted(Comparator.comparingDouble(plan -> plan.nanoseconds(p, multiprocessors))).limit(TILES)
                .map(plan -> (LinearPlan) plan).toList();
    }
}
