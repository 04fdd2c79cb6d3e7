package io.gatun.runtime.layers;

import io.gatun.kernels.Activation;
import io.gatun.kernels.ExpertWeights;
import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.CheckpointException;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.WeightSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The experts of a mixture, all in two tensors. */
public final class FusedMoe {
    private final LayerContext context;
    private final ExpertWeights experts;

    private FusedMoe(LayerContext context, ExpertWeights experts) {
        this.context = context;
        this.experts = experts;
    }

    /**
     * How many experts of which size there are.
     *
     * @param field the field of config.json that says how many
     * @param hidden H
     * @param intermediate I, of one expert
     */
    public record Size(int experts, String field, long hidden, long intermediate) {
    }

    /**
     * Experts stored one by one as {@code N.gate_proj.weight} and so on.
     *
     * @param weights the scope of all experts
     * @param gateUp the names of gate and up, such as {@code gate_proj} and {@code up_proj}
     * @param down the name of the projection back
     */
    public static FusedMoe separate(WeightSource weights, Size size, List<String> gateUp, String down, Activation activation) {
        weights.requireItems(down + ".weight", size.experts, size.field);
        var firsts = names(size, gateUp.stream());
        var seconds = names(size, Stream.of(down));
        return new FusedMoe(weights.context(), new ExpertWeights(
                stacked(weights, firsts, size.intermediate, size.hidden).view(size.experts, 2 * size.intermediate, size.hidden), Optional.empty(),
                stacked(weights, seconds, size.hidden, size.intermediate).view(size.experts, size.hidden, size.intermediate), Optional.empty(), activation));
    }

    /**
     * Experts stored together with biases, as gpt-oss has them: {@code gate_up_proj} [E, H, 2 * I] and {@code down_proj} [E, I, H], or both in MXFP4; gates
     * and ups as the activation wants them.
     *
     * @param weights the scope of all experts
     */
    public static FusedMoe packed(WeightSource weights, Size size, Activation activation) {
        try {
            var gateUp = matrices(weights, "gate_up_proj", size.experts, 2 * size.intermediate, size.hidden);
            var down = matrices(weights, "down_proj", size.experts, size.hidden, size.intermediate);
            return new FusedMoe(weights.context(), new ExpertWeights(
                    gateUp, Optional.of(weights.tensorAs(gateUp.dtype(), "gate_up_proj_bias", size.experts, 2 * size.intermediate)),
                    down, Optional.of(weights.tensorAs(down.dtype(), "down_proj_bias", size.experts, size.hidden)), activation));
        } catch (CheckpointException e) {
            throw new CheckpointException(e.getMessage() + " (" + size.field + " is " + size.experts + ")", e);
        }
    }

    int count() {
        return experts.experts();
    }

    /**
     * The weighted sum of what each token's experts make of it.
     *
     * @param x [T, H]
     * @param ids i32 [T, k]
     * @param weights f32 [T, k]
     * @return [T, H]
     */
    public Tensor forward(Tensor x, Tensor ids, Tensor weights) {
        var out = context.workspace().allocate(x.dtype(), x.dim(0), x.dim(1));
        context.kernels().moe().experts(x, ids, weights, experts, out);
        return out;
    }

    private static Tensor matrices(WeightSource weights, String name, long experts, long out, long in) {
        return weights.has(name + "_blocks") ? weights.mxfp4(name, experts, out, in) : weights.transposed(name, experts, out, in);
    }

    private static List<String> names(Size size, Stream<String> projections) {
        var each = projections.toList();
        return IntStream.range(0, size.experts).boxed().flatMap(i -> each.stream().map(projection -> i + "." + projection)).toList();
    }

    private static Tensor stacked(WeightSource weights, List<String> names, long out, long in) {
        long[] rows = new long[names.size()];
        Arrays.fill(rows, out);
        return weights.stacked("weight", names, rows, in);
    }
}
