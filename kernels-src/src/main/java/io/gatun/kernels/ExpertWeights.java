package io.gatun.kernels;

import io.gatun.memory.Tensor;
import java.util.Arrays;
import java.util.Optional;

/**
 * The weights of gated feed-forward experts, without gaps and all of one dtype.
 *
 * @param gateUp [E, 2 * I, H], gates and ups as {@link Activation#interleaved()} says
 * @param gateUpBias [E, 2 * I], in the same order
 * @param down [E, H, I]
 * @param downBias [E, H]
 */
public record ExpertWeights(Tensor gateUp, Optional<Tensor> gateUpBias, Tensor down, Optional<Tensor> downBias, Activation activation) {

    public ExpertWeights {
        require(gateUp.shape().rank() == 3 && gateUp.dim(1) % 2 == 0, "gateUp", gateUp, "[E, 2 * I, H]");
        requireShape("down", down, gateUp, gateUp.dim(0), gateUp.dim(2), gateUp.dim(1) / 2);
        gateUpBias.ifPresent(bias -> requireShape("gateUpBias", bias, gateUp, gateUp.dim(0), gateUp.dim(1)));
        downBias.ifPresent(bias -> requireShape("downBias", bias, gateUp, gateUp.dim(0), gateUp.dim(2)));
    }

    /** How many there are. */
    public int experts() {
        return (int) gateUp.dim(0);
    }

    /** I, the features between the two projections. */
    public int intermediate() {
        return (int) down.dim(2);
    }

    /** H. */
    public int hidden() {
        return (int) gateUp.dim(2);
    }

    private static void requireShape(String name, Tensor tensor, Tensor like, long... dims) {
        boolean fits = tensor.shape().rank() == dims.length && tensor.dtype() == like.dtype() && tensor.isContiguous();
        for (int i = 0; fits && i < dims.length; i++) {
            fits = tensor.dim(i) == dims[i];
        }
        require(fits, name, tensor, like.dtype().cudaName() + Arrays.toString(dims) + " without gaps, as gateUp is " + like);
    }

    private static void require(boolean condition, String name, Tensor tensor, String mustBe) {
        if (!condition) {
            throw new IllegalArgumentException("experts: " + name + " is " + tensor + " but must be " + mustBe);
        }
    }
}
