package io.gatun.kernels.cpu;

import io.gatun.kernels.Routing;
import io.gatun.kernels.Routing.Scoring;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Arrays;
import java.util.Optional;

/** Chooses experts. Where scores fall with logits and nothing is added to them, the choice is by logits, which do not round to equal numbers. */
final class CpuRouter {
    /** Keeps a sum of vanished scores from dividing by zero. */
    private static final float SMALLEST_SUM = 1e-20f;

    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final WorkerPool.RangeTask routeRows = this::routeRows;
    private Tensor logits;
    private Optional<Tensor> bias = Optional.empty();
    private Routing routing;
    private Tensor ids;
    private Tensor weights;

    CpuRouter(Rows rows, WorkerPool pool, Scratch scratch) {
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
    }

    void route(Tensor logits, Optional<Tensor> bias, Routing routing, Tensor ids, Tensor weights) {
        routing.requireExperts(logits.cols());
        bias.ifPresent(b -> Require.cols("route", "bias", b, logits.cols()));
        Require.indices("route", "ids", ids, logits.rows() * routing.topK());
        Require.rows("route", "weights", weights, logits.rows());
        Require.cols("route", "weights", weights, routing.topK());
        this.logits = logits;
        this.bias = bias;
        this.routing = routing;
        this.ids = ids;
        this.weights = weights;
        pool.run(30 * logits.elements(), logits.rows(), 1, routeRows);
    }

    private void routeRows(int from, int to, int thread) {
        int n = logits.cols();
        int k = routing.topK();
        float[] own = scratch.own(thread, 3 * n + routing.groups() + k);
        int choiceAt = n;
        int biasAt = 2 * n;
        int groupsAt = 3 * n;
        int chosenAt = groupsAt + routing.groups();
        bias.ifPresent(b -> rows.readFlat(b, 0, n, own, biasAt));
        for (int t = from; t < to; t++) {
            rows.read(logits, t, 0, n, own, 0);
            System.arraycopy(own, 0, own, choiceAt, n);
            score(own, n);
            for (int e = 0; e < n; e++) {
                float choice = bias.isPresent() ? own[e] + own[biasAt + e] : routing.scoring() == Scoring.SOFTMAX ? own[choiceAt + e] : own[e];
                own[choiceAt + e] = Float.isNaN(choice) ? Float.NEGATIVE_INFINITY : choice;
            }
            if (routing.groups() > 1) {
                keepBestGroups(own, choiceAt, n, groupsAt);
            }
            for (int rank = 0; rank < k; rank++) {
                int expert = best(own, choiceAt, n);
                own[choiceAt + expert] = Float.NaN;
                own[chosenAt + rank] = own[expert];
                Rows.setInt(ids, (long) t * k + rank, expert);
            }
            weigh(own, chosenAt, k);
            rows.writeFlat(own, chosenAt, k, weights, (long) t * k);
        }
    }

    private void score(float[] x, int n) {
        switch (routing.scoring()) {
            case SOFTMAX -> softmax(x, 0, n);
            case SIGMOID -> {
                for (int e = 0; e < n; e++) {
                    x[e] = 1 / (1 + (float) Math.exp(-x[e]));
                }
            }
            case SOFTMAX_OF_CHOSEN -> { }
        }
    }

    private void weigh(float[] x, int at, int k) {
        if (routing.scoring() == Scoring.SOFTMAX_OF_CHOSEN) {
            softmax(x, at, k);
        }
        float sum = SMALLEST_SUM;
        for (int i = at; i < at + k; i++) {
            sum += x[i];
        }
        for (int i = at; i < at + k; i++) {
            x[i] = (routing.renormalized() ? x[i] / sum : x[i]) * routing.scale();
        }
        Rows.round(routing.rounded() ? logits.dtype() : DType.F32, x, at, k);
    }

    /** Puts the experts outside of the best groups below all others. */
    private void keepBestGroups(float[] x, int choiceAt, int n, int groupsAt) {
        int groups = routing.groups();
        int size = n / groups;
        for (int g = 0; g < groups; g++) {
            int first = choiceAt + g * size;
            int best = best(x, first, size);
            float score = x[first + best];
            if (routing.scoring() == Scoring.SIGMOID) {
                x[first + best] = Float.NaN;
                float second = x[first + best(x, first, size)];
                x[first + best] = score;
                score += second;
            }
            x[groupsAt + g] = score;
        }
        for (int i = 0; i < routing.chosenGroups(); i++) {
            x[groupsAt + best(x, groupsAt, groups)] = Float.NaN;
        }
        for (int g = 0; g < groups; g++) {
            if (!Float.isNaN(x[groupsAt + g])) {
                Arrays.fill(x, choiceAt + g * size, choiceAt + (g + 1) * size, Float.NEGATIVE_INFINITY);
            }
        }
    }

    /** The first of the greatest, of what is not NaN. */
    private static int best(float[] x, int at, int n) {
        int best = -1;
        for (int i = 0; i < n; i++) {
            if (!Float.isNaN(x[at + i]) && (best < 0 || x[at + i] > x[at + best])) {
                best = i;
            }
        }
        return best;
    }

    private static void softmax(float[] x, int at, int n) {
        float top = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            top = Math.max(top, x[i]);
        }
        float sum = 0;
        for (int i = at; i < at + n; i++) {
            x[i] = (float) Math.exp(x[i] - top);
            sum += x[i];
        }
        for (int i = at; i < at + n; i++) {
            x[i] /= sum;
        }
    }
}
