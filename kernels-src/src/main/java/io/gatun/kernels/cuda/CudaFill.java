package io.gatun.kernels.cuda;

import io.gatun.kernels.FillKernels;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;

/** {@code fill_random.cu} and {@code cast.cu}, with as many blocks as the device holds at once. */
final class CudaFill implements FillKernels {
    private static final int THREADS = 256;
    private static final int BLOCKS_PER_MULTIPROCESSOR = 8;

    private final Launcher launcher;

    CudaFill(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void randomNormal(Tensor out, long seed, float mean, float std) {
        launcher.kernel(launcher.function(new Normal(out.dtype()), Normal::spec)).arg(out).arg(out.elements()).arg(seed).arg(mean).arg(std)
                .launch(blocks(out), THREADS, 0);
    }

    @Override
    public void cast(Tensor in, Tensor out) {
        launcher.kernel(launcher.function(new Cast(in.dtype(), out.dtype()), Cast::spec)).arg(in).arg(out).arg(out.elements())
                .launch(blocks(out), THREADS, 0);
    }

    private int blocks(Tensor tensor) {
        int atOnce = BLOCKS_PER_MULTIPROCESSOR * launcher.device().multiprocessors();
        return (int) Math.min(Math.ceilDiv(tensor.elements(), (long) THREADS), atOnce);
    }

    private record Normal(DType type) {
        KernelSpec spec() {
            return KernelSpec.of("fill_random", "fill_normal").with("T", type);
        }
    }

    private record Cast(DType in, DType out) {
        KernelSpec spec() {
            return KernelSpec.of("cast", "cast").with("T", in).with("OUT", out);
        }
    }
}
