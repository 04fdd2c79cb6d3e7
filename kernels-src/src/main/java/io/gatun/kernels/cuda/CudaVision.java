package io.gatun.kernels.cuda;

import io.gatun.kernels.Segments;
import io.gatun.kernels.VisionKernels;
import io.gatun.memory.Tensor;

final class CudaVision implements VisionKernels {
    CudaVision(Launcher launcher) {
    }

    @Override
    public void attention(Tensor q, Tensor k, Tensor v, Segments segments, int headDim, float scale, Tensor out) {
        throw new UnsupportedOperationException("vision attention on a GPU");
    }
}
