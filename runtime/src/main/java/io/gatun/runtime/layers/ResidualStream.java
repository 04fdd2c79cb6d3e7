package io.gatun.runtime.layers;

import io.gatun.memory.Tensor;
import io.gatun.runtime.weights.LayerContext;
import io.gatun.runtime.weights.StepWorkspace;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * The hidden states that sublayers read from and add to. An addition is not carried out at once but by the next norm, in one kernel. Folding frees what
 * sublayers before the last one had allocated.
 */
public final class ResidualStream {
    private final StepWorkspace workspace;
    private final Tensor residual;
    private Optional<Tensor> added = Optional.empty();

    private ResidualStream(StepWorkspace workspace, Tensor residual) {
        this.workspace = workspace;
        this.residual = residual;
    }

    /** A stream that begins with {@code hidden} [T, H], which it changes in place. */
    public static ResidualStream of(StepWorkspace workspace, Tensor hidden) {
        return new ResidualStream(workspace, hidden);
    }

    /**
     * Adds a sublayer's output.
     *
     * @throws IllegalStateException if there is one already that no norm has folded in
     */
    public void add(Tensor output) {
        if (added.isPresent()) {
            throw new IllegalStateException("two additions to the residual stream without a norm between them");
        }
        added = Optional.of(output);
    }

    /** The sum so far [T, H], for a sublayer that has no norm before it and must not change it. */
    public Tensor value(LayerContext context) {
        return fold((x, sum) -> {
            x.ifPresent(output -> context.kernels().norm().add(output, sum));
            return sum;
        });
    }

    /** Hands the addition, if any, and the sum so far to {@code norm}, which adds the one to the other. */
    Tensor fold(BiFunction<Optional<Tensor>, Tensor, Tensor> norm) {
        workspace.flip();
        var out = norm.apply(added, residual);
        added = Optional.empty();
        return out;
    }
}
