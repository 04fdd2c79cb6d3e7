package io.gatun.kernels.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import io.gatun.kernels.StepKernels;
import io.gatun.memory.Tensor;

final class CpuStepInputs implements StepKernels {

    @Override
    public void resolve(Tensor ids, Tensor lastTokens) {
        Require.indices("resolve", "ids", ids, 0);
        Require.indices("resolve", "lastTokens", lastTokens, 0);
        for (int t = 0; t < ids.elements(); t++) {
            int id = Rows.intAt(ids, t);
            if (id < 0) {
                int row = Require.index("resolve", "row", -1 - id, lastTokens.elements());
                ids.segment().set(JAVA_INT_UNALIGNED, 4L * t, Rows.intAt(lastTokens, row));
            }
        }
    }

    @Override
    public void scatter(Tensor values, Tensor indices, int count, Tensor target) {
        Require.indices("scatter", "values", values, count);
        Require.indices("scatter", "indices", indices, count);
        Require.indices("scatter", "target", target, 0);
        Require.contiguous("scatter", "target", target);
        for (int i = 0; i < count; i++) {
            long at = Require.index("scatter", "index", Rows.intAt(indices, i), target.elements());
            target.segment().set(JAVA_INT_UNALIGNED, 4 * at, Rows.intAt(values, i));
        }
    }
}
