package io.gatun.kernels.cuda;

import io.gatun.kernels.Segments;
import io.gatun.kernels.VisionKernels;
import io.gatun.memory.Tensor;

/** {@code vision_attention.cu}, {@code vision_attention_wgmma.cu}. */
final class CudaVision implements VisionKernels {
    private final Launcher launcher;
    private final TensorMaps maps = new TensorMaps();

    CudaVision(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void attention(Tensor q, Tensor k, Tensor v, Segments segments, int headDim, float scale, Tensor out) {
        requireLike("k", k, q);
        requireLike("v", v, q);
        requireLike("out", out, q);
        Vectors.requireAligned("vision attention", "q", q);
        var wgmma = VisionWgmmaPlan.choose(q, headDim, segments, launcher.device().computeCapability());
        if (wgmma.isPresent()) {
            attention(wgmma.get(), q, k, v, segments, scale, out);
        } else {
            attention(VisionPlan.of(q, headDim, segments.maxLen(), launcher.device().maxSharedBytes()), q, k, v, segments, scale, out);
        }
    }

    /** Attends by Hopper's kernel, which must be able to do it. */
    void attention(VisionWgmmaPlan plan, Tensor q, Tensor k, Tensor v, Segments segments, float scale, Tensor out) {
        int heads = q.cols() / plan.headDim();
        int tiles = VisionWgmmaPlan.tiles(q.rows(), segments.count(), heads);
        launcher.kernel(launcher.function(plan, VisionWgmmaPlan::spec)).argByValue(maps.ofHeads(0, q, plan.headDim(), VisionWgmmaPlan.BOX_ROWS))
                .argByValue(maps.ofHeads(1, k, plan.headDim(), VisionWgmmaPlan.BOX_ROWS)).argByValue(maps.ofHeads(2, v, plan.headDim(), VisionWgmmaPlan.BOX_ROWS))
                .arg(out).arg(segments.cuSeqlens()).arg(launcher.scratch().counters(1)).arg(out.rowStride()).arg(segments.count()).arg(heads).arg(scale)
                .launch(Math.min(tiles, launcher.device().multiprocessors()), VisionWgmmaPlan.THREADS, plan.sharedBytes());
    }

    /** Attends by a certain plan. */
    void attention(VisionPlan plan, Tensor q, Tensor k, Tensor v, Segments segments, float scale, Tensor out) {
        launcher.kernel(launcher.function(plan, VisionPlan::spec)).arg(q).arg(k).arg(v).arg(out).arg(segments.cuSeqlens()).arg(q.rowStride())
                .arg(k.rowStride()).arg(v.rowStride()).arg(out.rowStride()).arg(scale)
                .launch(Math.ceilDiv(segments.maxLen(), plan.blockM()), q.cols() / plan.headDim(), segments.count(), VisionPlan.THREADS, plan.sharedBytes());
    }

    private static void requireLike(String name, Tensor tensor, Tensor q) {
        if (tensor.rows() != q.rows() || tensor.cols() != q.cols() || tensor.dtype() != q.dtype()) {
            throw new IllegalArgumentException("vision attention: " + name + " is " + tensor + " but must be like q, " + q);
        }
        Vectors.requireAligned("vision attention", name, tensor);
    }
}
