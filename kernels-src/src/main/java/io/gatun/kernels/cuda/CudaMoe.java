package io.gatun.kernels.cuda;

import static io.gatun.kernels.cuda.LinearPlan.divUp;

import io.gatun.kernels.ExpertWeights;
import io.gatun.kernels.MoeKernels;
import io.gatun.kernels.Routing;
import io.gatun.memory.DType;
import io.gatun.memory.Tensor;
import java.util.Optional;

/** {@code moe_*.cu} and {@code add_gated.cu}: for few tokens each one's experts are streamed, for many the tokens are sorted by expert and multiplied in tiles. */
final class CudaMoe implements MoeKernels {
    private static final int GEMV_FEATURES = 8;
    private static final int SORT_THREADS = 1024;
    private static final int SUM_THREADS = 256;
    private static final int TILE_BYTES = 16;
    private static final int ALIGNMENT = 256;

    private final Launcher launcher;
    private final boolean deterministic;

    /** @param deterministic whether a token's bits must not depend on how many tokens there are */
    CudaMoe(Launcher launcher, boolean deterministic) {
        this.launcher = launcher;
        this.deterministic = deterministic;
    }

    @Override
    public void route(Tensor logits, Optional<Tensor> bias, Routing routing, Tensor ids, Tensor weights) {
        routing.requireExperts(logits.cols());
        var variant = new Route(logits.dtype(), logits.cols(), routing.topK(), routing.scoring(), routing.groups(), routing.chosenGroups(),
                routing.renormalized(), routing.rounded(), bias.isPresent());
        launcher.kernel(launcher.function(variant, Route::spec)).arg(logits).arg(addressOf(bias)).arg(ids).arg(weights).arg(logits.rowStride())
                .arg(logits.rows()).arg(routing.scale()).launch(divUp(logits.rows(), 4), 128, 0);
    }

    @Override
    public void experts(Tensor x, Tensor ids, Tensor weights, ExpertWeights experts, Tensor out) {
        require(x, ids, weights, experts, out);
        if (x.rows() == 0) {
            return;
        }
        boolean gemv = !deterministic && MoePlan.streams(x.rows(), ids.cols(), experts.experts());
        if (gemv) {
            stream(x, ids, weights, experts, out);
        } else {
            multiply(MoePlan.tile(x.rows() * ids.cols(), experts.experts(), x.dtype()), x, ids, weights, experts, out);
        }
    }

    @Override
    public void addShared(Tensor x, Optional<Tensor> gate, Tensor out) {
        var variant = new AddGated(x.dtype(), gate.isPresent(), Vectors.width(x.cols(), x, out));
        launcher.kernel(launcher.function(variant, AddGated::spec)).arg(x).arg(addressOf(gate)).arg(out).arg(x.rowStride()).arg(out.rowStride())
                .arg(x.cols()).launch(x.rows(), divUp(x.cols(), SUM_THREADS * variant.vec), 1, SUM_THREADS, 0);
    }

    /** For few tokens. */
    void stream(Tensor x, Tensor ids, Tensor weights, ExpertWeights experts, Tensor out) {
        int pairs = x.rows() * ids.cols();
        long activated = launcher.scratch().floats((long) pairs * experts.intermediate()).address();
        var variant = new Gemv(x.dtype(), experts.activation().name(), experts.hidden(), experts.intermediate(), ids.cols(), experts.gateUpBias().isPresent(),
                "experts_gate_up");
        launcher.kernel(launcher.function(variant, Gemv::spec)).arg(x).arg(x.rowStride()).arg(ids).arg(experts.gateUp())
                .arg(addressOf(experts.gateUpBias())).arg(activated).launch(pairs, divUp(experts.intermediate(), GEMV_FEATURES), 1, 32 * GEMV_FEATURES, 0);
        variant = new Gemv(x.dtype(), experts.activation().name(), experts.hidden(), experts.intermediate(), ids.cols(), experts.downBias().isPresent(),
                "experts_down");
        launcher.kernel(launcher.function(variant, Gemv::spec)).arg(activated).arg(ids).arg(weights).arg(experts.down()).arg(addressOf(experts.downBias()))
                .arg(out).arg(out.rowStride()).launch(x.rows(), divUp(experts.hidden(), GEMV_FEATURES), 1, 32 * GEMV_FEATURES, 0);
    }

    /** For any number of tokens, in tiles of {@code plan}. */
    void multiply(MoePlan plan, Tensor x, Tensor ids, Tensor weights, ExpertWeights experts, Tensor out) {
        int topK = ids.cols();
        int pairs = x.rows() * topK;
        int tiles = plan.maxTiles(pairs, experts.experts());
        int hidden = experts.hidden();
        int intermediate = experts.intermediate();
        long element = x.dtype().bytes();
        long sortedBytes = aligned(4L * pairs);
        long tileBytes = aligned((long) TILE_BYTES * tiles);
        long activatedBytes = aligned(element * pairs * intermediate);
        long total = sortedBytes + tileBytes + activatedBytes + aligned(element * pairs * hidden);
        long sorted = launcher.scratch().floats(total / Float.BYTES).address();
        long tileMap = sorted + sortedBytes;
        long activated = tileMap + tileBytes;
        long outputs = activated + activatedBytes;

        launcher.kernel(launcher.function(new Sort(experts.experts(), plan.tileM()), Sort::spec)).arg(ids).arg(sorted).arg(tileMap).arg(pairs).arg(tiles)
                .launch(1, SORT_THREADS, 0);
        var gateUp = new Gemm(plan, x.dtype(), experts.activation().name(), topK, experts.gateUpBias().isPresent(), "experts_gate_up");
        launcher.kernel(launcher.function(gateUp, Gemm::spec)).arg(x).arg(x.rowStride()).arg(sorted).arg(tileMap).arg(experts.gateUp())
                .arg(addressOf(experts.gateUpBias())).arg(activated).arg(2 * intermediate).arg(hidden)
                .launch(divUp(2 * intermediate, plan.tileN()), tiles, 1, plan.threads(), plan.sharedBytes());
        var down = new Gemm(plan, x.dtype(), experts.activation().name(), topK, experts.downBias().isPresent(), "experts_down");
        launcher.kernel(launcher.function(down, Gemm::spec)).arg(activated).arg(sorted).arg(tileMap).arg(experts.down())
                .arg(addressOf(experts.downBias())).arg(outputs).arg(hidden).arg(intermediate)
                .launch(divUp(hidden, plan.tileN()), tiles, 1, plan.threads(), plan.sharedBytes());
        var sum = new Sum(x.dtype(), hidden, topK, Vectors.width(hidden, out));
        launcher.kernel(launcher.function(sum, Sum::spec)).arg(outputs).arg(weights).arg(out).arg(out.rowStride())
                .launch(x.rows(), divUp(hidden, SUM_THREADS * sum.vec), 1, SUM_THREADS, 0);
    }

    private static void require(Tensor x, Tensor ids, Tensor weights, ExpertWeights experts, Tensor out) {
        int pieces = 16 / x.dtype().bytes();
        if (x.dtype() != experts.gateUp().dtype() || x.cols() != experts.hidden() || out.dtype() != x.dtype() || out.cols() != x.cols()
                || out.rows() != x.rows()) {
            throw new IllegalArgumentException("experts: x is " + x + " and out is " + out + " but both must be [T, H] as gateUp is " + experts.gateUp());
        }
        if (ids.dtype() != DType.I32 || ids.rows() != x.rows() || weights.dtype() != DType.F32 || !weights.shape().equals(ids.shape())
                || !ids.isContiguous() || !weights.isContiguous()) {
            throw new IllegalArgumentException("experts: ids are " + ids + " and weights " + weights + " but must be i32 and f32 [T, k] without gaps, as x is "
                    + x);
        }
        if (experts.hidden() % pieces != 0 || experts.intermediate() % pieces != 0) {
            throw new IllegalArgumentException("experts: down is " + experts.down() + " but H and I must be multiples of " + pieces);
        }
        Vectors.requireAligned("experts", "x", x);
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private static long addressOf(Optional<Tensor> bias) {
        return bias.isPresent() ? bias.get().address() : 0;
    }

    private static int flag(boolean on) {
        return on ? 1 : 0;
    }

    record Route(DType type, int experts, int topK, Routing.Scoring scoring, int groups, int chosenGroups, boolean renormalized, boolean rounded,
            boolean bias) {
        KernelSpec spec() {
            return KernelSpec.of("moe_route", "moe_route").with("T", type).with("EXPERTS", experts).with("TOP_K", topK).with("SCORING", scoring)
                    .with("GROUPS", groups).with("CHOSEN_GROUPS", chosenGroups).with("RENORMALIZED", flag(renormalized)).with("ROUNDED", flag(rounded))
                    .with("HAS_BIAS", flag(bias));
        }
    }

    record Gemv(DType type, String activation, int hidden, int intermediate, int topK, boolean bias, String entry) {
        KernelSpec spec() {
            return KernelSpec.of("moe_gemv", entry).with("T", type).with("ACTIVATION", activation).with("HIDDEN", hidden)
                    .with("INTERMEDIATE", intermediate).with("TOP_K", topK).with("HAS_BIAS", flag(bias));
        }
    }

    record Sort(int experts, int tileM) {
        KernelSpec spec() {
            return KernelSpec.of("moe_sort", "moe_sort").with("EXPERTS", experts).with("TILE_M", tileM);
        }
    }

    record Gemm(MoePlan plan, DType type, String activation, int topK, boolean bias, String entry) {
        KernelSpec spec() {
            return plan.spec(entry).with("T", type).with("ACTIVATION", activation).with("TOP_K", topK).with("HAS_BIAS", flag(bias));
        }
    }

    record Sum(DType type, int hidden, int topK, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("moe_sum", "moe_sum").with("T", type).with("HIDDEN", hidden).with("TOP_K", topK).with("VEC", vec);
        }
    }

    record AddGated(DType type, boolean gate, int vec) {
        KernelSpec spec() {
            return KernelSpec.of("add_gated", "add_gated").with("T", type).with("HAS_GATE", flag(gate)).with("VEC", vec);
        }
    }
}
