package io.gatun.kernels.cpu;

import io.gatun.kernels.Activation;
import io.gatun.kernels.ExpertWeights;
import io.gatun.kernels.Routing;
import io.gatun.kernels.Routing.Scoring;
import io.gatun.memory.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Mixtures of experts in plain fp64 loops. */
final class MoeOracle {
    private MoeOracle() {
    }

    /** The experts of a token, best first, and their weights. */
    record Choice(List<Integer> ids, double[] weights) {
    }

    static Choice route(double[] logits, double[] bias, Routing routing) {
        int n = logits.length;
        double[] scores = switch (routing.scoring()) {
            case SOFTMAX -> softmax(logits);
            case SIGMOID -> Arrays.stream(logits).map(x -> 1 / (1 + Math.exp(-x))).toArray();
            case SOFTMAX_OF_CHOSEN -> logits;
        };
        double[] choice = IntStream.range(0, n).mapToDouble(e -> scores[e] + bias[e]).toArray();
        int size = n / routing.groups();
        var groups = IntStream.range(0, routing.groups()).boxed().sorted(Comparator.comparingDouble((Integer g) -> {
            double[] sorted = Arrays.stream(choice, g * size, (g + 1) * size).sorted().toArray();
            return routing.scoring() == Scoring.SIGMOID && size > 1 ? -(sorted[size - 1] + sorted[size - 2]) : -sorted[size - 1];
        })).limit(routing.chosenGroups()).toList();
        var ids = IntStream.range(0, n).boxed().filter(e -> groups.contains(e / size)).sorted(Comparator.comparingDouble(e -> -choice[e]))
                .limit(routing.topK()).toList();
        double[] weights = ids.stream().mapToDouble(e -> scores[e]).toArray();
        if (routing.scoring() == Scoring.SOFTMAX_OF_CHOSEN) {
            weights = softmax(weights);
        }
        double sum = Arrays.stream(weights).sum();
        return new Choice(ids, Arrays.stream(weights).map(w -> (routing.renormalized() ? w / sum : w) * routing.scale()).toArray());
    }

    /** The output of each token, row by row, without any rounding in between. */
    static double[] experts(Tensor x, int[] ids, float[] weights, ExpertWeights experts) {
        int hidden = experts.hidden();
        int intermediate = experts.intermediate();
        float[] in = x.toFloats();
        float[] gateUp = experts.gateUp().toFloats();
        float[] down = experts.down().toFloats();
        float[] gateUpBias = experts.gateUpBias().map(Tensor::toFloats).orElse(new float[experts.experts() * 2 * intermediate]);
        float[] downBias = experts.downBias().map(Tensor::toFloats).orElse(new float[experts.experts() * hidden]);
        double[] out = new double[in.length];
        int topK = ids.length / x.rows();
        for (int pair = 0; pair < ids.length; pair++) {
            int token = pair / topK;
            int expert = ids[pair];
            double[] activated = new double[intermediate];
            for (int i = 0; i < intermediate; i++) {
                boolean interleaved = experts.activation().interleaved();
                int gate = expert * 2 * intermediate + (interleaved ? 2 * i : i);
                int up = interleaved ? gate + 1 : gate + intermediate;
                activated[i] = gated(experts.activation(), dot(in, token * hidden, gateUp, gate * hidden, hidden) + gateUpBias[gate],
                        dot(in, token * hidden, gateUp, up * hidden, hidden) + gateUpBias[up]);
            }
            for (int h = 0; h < hidden; h++) {
                double sum = downBias[expert * hidden + h];
                for (int i = 0; i < intermediate; i++) {
                    sum += activated[i] * down[(expert * hidden + h) * intermediate + i];
                }
                out[token * hidden + h] += weights[pair] * sum;
            }
        }
        return out;
    }

    static double gated(Activation activation, double gate, double up) {
        return switch (activation) {
            case SILU -> gate / (1 + Math.exp(-gate)) * up;
            case GELU -> 0.5 * gate * (1 + erf(gate / Math.sqrt(2))) * up;
            case GELU_TANH -> 0.5 * gate * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (gate + 0.044715 * Math.pow(gate, 3)))) * up;
            case QUICK_GELU -> gate / (1 + Math.exp(-1.702 * gate)) * up;
            case CLAMPED_SWIGLU -> {
                double g = Math.min(gate, 7);
                yield g / (1 + Math.exp(-1.702 * g)) * (Math.clamp(up, -7, 7) + 1);
            }
        };
    }

    /** By its series, whose terms are all of one sign. */
    private static double erf(double x) {
        double sum = 0;
        double term = 2 / Math.sqrt(Math.PI) * x * Math.exp(-x * x);
        for (int n = 1; n < 1000; n++) {
            sum += term;
            term *= 2 * x * x / (2 * n + 1);
        }
        return sum;
    }

    private static double[] softmax(double[] x) {
        double top = Arrays.stream(x).max().orElseThrow();
        double sum = Arrays.stream(x).map(v -> Math.exp(v - top)).sum();
        return Arrays.stream(x).map(v -> Math.exp(v - top) / sum).toArray();
    }

    private static double dot(float[] a, int aAt, float[] b, int bAt, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += (double) a[aAt + i] * b[bAt + i];
        }
        return sum;
    }
}
