package io.gatun.kernels.cuda;

import static io.gatun.kernels.cuda.LinearPlan.divUp;

import io.gatun.kernels.LinearKernels;
import io.gatun.kernels.cuda.LinearPlan.GemmFma;
import io.gatun.kernels.cuda.LinearPlan.GemmMma;
import io.gatun.kernels.cuda.LinearPlan.GemmWgmma;
import io.gatun.kernels.cuda.LinearPlan.Gemv;
import io.gatun.kernels.cuda.LinearPlan.GemvFma;
import io.gatun.kernels.cuda.LinearPlan.GemvStream;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Optional;

/** Products on the GPU, each by the kernel that {@link LinearPlan#choose} names. Weights have the dtype of x. */
final class CudaLinear implements LinearKernels {
    private static final int HEADS_THREADS = 128;

    private final Launcher launcher;
    private final TensorMaps maps = new TensorMaps();
    private final boolean deterministic;
    private final Optional<LinearTuner> tuner;

    /** @param deterministic whether a row's bits must not depend on how many rows there are */
    CudaLinear(Launcher launcher, boolean deterministic) {
        this(launcher, deterministic, Optional.empty());
    }

    /** @param tuner chooses plans where bits may depend on how many rows there are */
    CudaLinear(Launcher launcher, boolean deterministic, Optional<LinearTuner> tuner) {
        this.launcher = launcher;
        this.deterministic = deterministic;
        this.tuner = tuner;
    }

    @Override
    public void linear(Tensor x, Tensor weight, Tensor out) {
        run(x, weight, null, out);
    }

    @Override
    public void linear(Tensor x, Tensor weight, Tensor bias, Tensor out) {
        if (bias.dtype() != weight.dtype() || bias.elements() != weight.rows()) {
            throw new IllegalArgumentException("linear: bias is " + bias + " but must be " + weight.dtype() + "[" + weight.rows() + "]");
        }
        run(x, weight, bias, out);
    }

    @Override
    public void linearHeads(Tensor x, Tensor weight, Tensor out) {
        int heads = (int) weight.dim(0);
        int n = (int) weight.dim(1);
        int k = (int) weight.dim(2);
        if (x.cols() != heads * k || out.cols() != heads * n || out.rows() != x.rows() || n % 2 != 0 || weight.dtype() != x.dtype()
                || out.dtype() != x.dtype()) {
            throw new IllegalArgumentException("linearHeads: x is " + x + ", weight " + weight + " and out " + out
                    + "; they must be [M, H * K], [H, N, K] and [M, H * N] of one dtype with an even N");
        }
        Vectors.requireAligned("linearHeads", "x", x);
        Vectors.requireAligned("linearHeads", "out", out);
        var plan = HeadsPlan.choose(x.dtype(), k, x.rows(), launcher.device().maxSharedBytes());
        launcher.kernel(launcher.function(plan, HeadsPlan::spec)).arg(x).arg(weight).arg(out).arg(x.rowStride()).arg(out.rowStride()).arg(x.rows()).arg(n)
                .launch(divUp(n, plan.outs()), heads, divUp(x.rows(), plan.tokens()), HEADS_THREADS, plan.sharedBytes());
    }

    private void run(Tensor x, Tensor weight, Tensor bias, Tensor out) {
        require(x, weight, out);
        if (x.rows() == 0) {
            return;
        }
        var problem = LinearProblem.of(x, weight, out, bias != null);
        var plan = deterministic ? LinearPlan.chooseInvariant(problem, launcher.device().computeCapability(), launcher.device().multiprocessors())
                : choose(problem, weight);
        launch(plan, problem, x, weight, bias, out);
    }

    private LinearPlan choose(LinearProblem problem, Tensor weight) {
        var measured = tuner.isPresent() ? tuner.get().find(problem, weight) : Optional.<LinearPlan>empty();
        return measured.isPresent() ? measured.get()
                : LinearPlan.choose(problem, launcher.device().computeCapability(), launcher.device().multiprocessors());
    }

    /** Runs a certain plan, which must be able to do it. */
    void launch(LinearPlan plan, LinearProblem p, Tensor x, Tensor weight, Tensor bias, Tensor out) {
        var variant = new LinearVariant(plan, p.type(), p.out(), p.bias());
        var kernel = launcher.function(variant, LinearVariant::spec);
        switch (plan) {
            case Gemv gemv -> matrices(kernel, x, weight, bias, out)
                    .arg(p.m()).arg(p.n()).arg(p.k()).launch(divUp(p.n(), Gemv.ROWS_PER_BLOCK), 32 * gemv.warps(), 0);
            case GemvStream stream -> matrices(kernel, x, weight, bias, out).arg(p.m()).arg(p.n()).arg(p.k())
                    .launch(Math.min(divUp(p.n(), stream.rows()), launcher.device().multiprocessors()), stream.threads(), stream.sharedBytes());
            case GemvFma ignored -> matrices(kernel, x, weight, bias, out)
                    .arg(p.m()).arg(p.n()).arg(p.k()).launch(divUp(p.n(), GemvFma.ROWS_PER_BLOCK), 256, 0);
            case GemmFma fma -> matrices(kernel, x, weight, bias, out)
                    .arg(p.m()).arg(p.n()).arg(p.k()).launch(divUp(p.m(), GemmFma.TILE_M), divUp(p.n(), fma.tileN()), 1, 256, 0);
            case GemmMma mma -> launch(mma, variant, kernel, p, x, weight, bias, out);
            case GemmWgmma wgmma -> launch(wgmma, kernel, p, x, weight, bias, out);
        }
    }

    private void launch(GemmMma plan, LinearVariant variant, CudaFunction kernel, LinearProblem p, Tensor x, Tensor weight, Tensor bias,
            Tensor out) {
        boolean split = plan.splits() > 1;
        long partials = split ? launcher.scratch().floats((long) plan.splits() * p.m() * p.n()).address() : 0;
        matrices(kernel, x, weight, bias, out).arg(partials).arg(p.m()).arg(p.n()).arg(p.k()).launch(divUp(p.m(), plan.tileM()),
                divUp(p.n(), GemmMma.TILE_N), plan.splits(), 32 * plan.warpsM() * plan.warpsN(), plan.sharedBytes());
        if (split) {
            launcher.kernel(launcher.function(new AddPartials(variant), key -> key.variant.addPartialsSpec()))
                    .arg(partials).arg(addressOf(bias)).arg(out).arg(out.rowStride()).arg(plan.splits()).arg(p.m()).arg(p.n())
                    .launch(divUp(p.n(), 256), p.m(), 1, 256, 0);
        }
    }

    private void launch(GemmWgmma plan, CudaFunction kernel, LinearProblem p, Tensor x, Tensor weight, Tensor bias, Tensor out) {
        int tiles = divUp(p.n(), plan.rows()) * divUp(p.m(), plan.tokens());
        int grid = plan.splits() > 1 ? tiles * plan.splits() : Math.min(tiles, launcher.device().multiprocessors());
        launcher.kernel(kernel).argByValue(maps.ofActivation(x, plan.tokens())).argByValue(maps.ofWeight(weight, plan.rows()))
                .arg(addressOf(bias)).arg(out).arg(out.rowStride()).arg(p.m()).arg(p.n()).arg(p.k())
                .launch(grid, plan.threads(), plan.sharedBytes());
    }

    private Launcher matrices(CudaFunction kernel, Tensor x, Tensor weight, Tensor bias, Tensor out) {
        return launcher.kernel(kernel).arg(x).arg(x.rowStride()).arg(weight).arg(addressOf(bias)).arg(out).arg(out.rowStride());
    }

    private static long addressOf(Tensor bias) {
        return bias == null ? 0 : bias.address();
    }

    private static void require(Tensor x, Tensor weight, Tensor out) {
        if (!weight.isContiguous() || weight.dtype() != x.dtype() || weight.cols() != x.cols()) {
            throw new IllegalArgumentException("linear: weight is " + weight + " but must be " + x.dtype() + "[N, " + x.cols()
                    + "] without gaps, as x is " + x);
        }
        if (out.rows() != x.rows() || out.cols() != weight.rows() || out.dtype() != x.dtype() && out.dtype() != DType.F32) {
            throw new IllegalArgumentException("linear: out is " + out + " but must be [" + x.rows() + ", " + weight.rows() + "] of "
                    + x.dtype() + " or f32");
        }
    }

    private record AddPartials(LinearVariant variant) {
    }
}
