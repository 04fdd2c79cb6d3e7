package io.gatun.kernels.cuda;

import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/**
 * What decides how {@code out[m, n] = x[m, k] · w[n, k]ᵀ (+ bias[n])} is computed.
 *
 * @param type the dtype of x and w
 * @param aligned whether every row of x and of w begins at a multiple of 16 bytes and is a whole number of 16-byte pieces
 */
record LinearProblem(int m, int n, int k, DType type, DType out, boolean bias, boolean aligned) {
    private static final int PIECE = 16;

    static LinearProblem of(Tensor x, Tensor weight, Tensor out, boolean bias) {
        long bytes = x.dtype().bytes();
        boolean aligned = (x.address() | weight.address() | x.rowStride() * bytes | x.cols() * bytes) % PIECE == 0;
        return new LinearProblem(x.rows(), weight.rows(), x.cols(), x.dtype(), out.dtype(), bias, aligned);
    }

    /** Whether the kernels on tensor cores take it: they copy 16 bytes at a time and multiply 16-bit numbers. */
    boolean fitsTensorCores() {
        return type != DType.F32 && aligned;
    }
}
