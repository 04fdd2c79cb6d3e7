package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.kernels.Activation;
import io.gatun.memory.DType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Compiles the kernels other than linear for every generation of GPUs, the attention kernels with the tiles of a large and of a small one. */
class OperationsCompileTest {
    private static final List<String> ARCHITECTURES = List.of("sm_80", "sm_90a", "sm_100a");
    private static final int LARGE = 227 << 10;
    private static final int SMALL = 99 << 10;

    @Test
    void nothingTouchesLocalMemory() {
        var compiler = Nvrtc.compiler();
        var complaints = Stream.of(smallOperations(), attention(), latentAttention(), visionAttention()).flatMap(specs -> specs).distinct().parallel()
                .flatMap(spec -> ARCHITECTURES.stream().flatMap(architecture -> {
                    String log = compiler.compile(spec, KernelSources.read(spec.source()), architecture).log();
                    return log.contains("warning") ? Stream.of(spec + " for " + architecture + ":\n" + log) : Stream.empty();
                })).toList();
        assertThat(complaints).isEmpty();
    }

    @Test
    void hoppersAttentionNeitherTouchesLocalMemoryNorWaitsForEachProduct() {
        var compiler = Nvrtc.compiler();
        var complaints = Stream.concat(attentionOnHopper(), visionOnHopper()).parallel().flatMap(spec -> {
            String log = compiler.compile(spec, KernelSources.read(spec.source()), "sm_90a").log();
            return log.contains("warning") || log.contains("Performance Loss") ? Stream.of(spec + ":\n" + log) : Stream.empty();
        }).toList();
        assertThat(complaints).isEmpty();
    }

    private static Stream<KernelSpec> attentionOnHopper() {
        var variants = Stream.of(
                new AttentionVariant(DType.BF16, 128, 4, 64), new AttentionVariant(DType.F16, 128, 7, 64), new AttentionVariant(DType.BF16, 64, 1, 64),
                new AttentionVariant(DType.BF16, 64, 64, 8, 64, true, false, true, false), new AttentionVariant(DType.BF16, 128, 128, 2, 64, true, true, false, false),
                new AttentionVariant(DType.F16, 128, 128, 16, 64, true, true, true, false));
        return variants.map(v -> ExtendWgmmaPlan.choose(v, 90).orElseThrow()).flatMap(plan -> Stream.of(plan, plan.withBoundedWaits()))
                .map(ExtendWgmmaPlan::spec);
    }

    private static Stream<KernelSpec> visionOnHopper() {
        return Stream.of(64, 72, 80).map(dim -> new VisionWgmmaPlan(DType.BF16, dim).spec());
    }

    private static Stream<KernelSpec> smallOperations() {
        return Stream.of(
                kernel("gather_rows").with("T", DType.BF16).with("OUT", DType.BF16).with("HIDDEN", 4096).with("VEC", 8),
                kernel("gather_rows").with("T", DType.F16).with("OUT", DType.F32).with("HIDDEN", 37).with("VEC", 1),
                kernel("gather_rows").with("T", DType.F32).with("OUT", DType.F32).with("HIDDEN", 20).with("VEC", 4),
                kernel("pad_rows").with("T", DType.BF16), kernel("pad_rows").with("T", DType.F32),
                kernel("rms_norm").with("T", DType.BF16).with("STYLE", 0).with("HIDDEN", 4096).with("VEC", 8).with("BLOCK_THREADS", 512),
                kernel("rms_norm").with("T", DType.F32).with("STYLE", 1).with("HIDDEN", 16384).with("VEC", 4).with("BLOCK_THREADS", 1024),
                kernel("rms_norm").with("T", DType.F16).with("STYLE", 2).with("HIDDEN", 5001).with("VEC", 1).with("BLOCK_THREADS", 1024),
                kernel("rms_norm_heads").with("T", DType.BF16).with("STYLE", 2).with("HEAD_DIM", 256), kernel("add").with("T", DType.F16).with("VEC", 8),
                rope(DType.BF16, 128, 128, 0, 8), rope(DType.F16, 64, 64, 1, 8), rope(DType.F32, 20, 10, 0, 1), rope(DType.F32, 20, 10, 1, 1),
                rope(DType.BF16, 128, 128, 0, 8).with("POSITIONS", 3).with("SECTION_1", 16).with("SECTION_2", 40),
                rope(DType.F32, 20, 12, 1, 1).with("POSITIONS", 3).with("SECTION_1", 1).with("SECTION_2", 3),
                rope(DType.BF16, 80, 80, 0, 8).with("POSITIONS", 0), rope(DType.F16, 72, 72, 0, 4).with("POSITIONS", 0),
                kernel("kv_write").with("T", DType.BF16).with("HEAD_DIM", 128).with("VALUE_DIM", 128).with("PAGE_SIZE", 16).with("VEC", 8),
                kernel("kv_write").with("T", DType.F32).with("HEAD_DIM", 20).with("VALUE_DIM", 12).with("PAGE_SIZE", 1).with("VEC", 1),
                gated(Activation.SILU, DType.BF16, 14336, 8), gated(Activation.SILU, DType.F32, 37, 1), gated(Activation.GELU, DType.F16, 4096, 8),
                gated(Activation.GELU_TANH, DType.BF16, 15360, 8), gated(Activation.CLAMPED_SWIGLU, DType.BF16, 2880, 8),
                gated(Activation.CLAMPED_SWIGLU, DType.F32, 37, 1), gated(Activation.QUICK_GELU, DType.BF16, 4096, 8),
                kernel("mla_write").with("T", DType.BF16).with("RANK", 512).with("ROPE", 64).with("VEC", 8),
                kernel("mla_write").with("T", DType.F32).with("RANK", 20).with("ROPE", 6).with("VEC", 1),
                HeadsPlan.choose(DType.BF16, 128, 1, LARGE).spec(), HeadsPlan.choose(DType.BF16, 512, 100, LARGE).spec(),
                HeadsPlan.choose(DType.F16, 16, 100, SMALL).spec(), HeadsPlan.choose(DType.F32, 512, 100, SMALL).spec(),
                HeadsPlan.choose(DType.F32, 128, 100, LARGE).spec(),
                kernel("layer_norm").with("T", DType.BF16).with("HIDDEN", 1280).with("VEC", 8).with("BLOCK_THREADS", 160),
                kernel("layer_norm").with("T", DType.F32).with("HIDDEN", 16384).with("VEC", 4).with("BLOCK_THREADS", 1024),
                kernel("layer_norm").with("T", DType.F16).with("HIDDEN", 5001).with("VEC", 1).with("BLOCK_THREADS", 1024),
                activate(Activation.QUICK_GELU, DType.BF16, 8), activate(Activation.GELU, DType.F16, 8), activate(Activation.GELU_TANH, DType.BF16, 8),
                activate(Activation.SILU, DType.F32, 1),
                kernel("argmax"), kernel("sum_rows").with("T", DType.BF16), kernel("combine_rows").with("T", DType.BF16),
                kernel("combine_rows").with("T", DType.F32), kernel("sample"), kernel("logprobs"), KernelSpec.of("penalties", "penalize"),
                kernel("logits_expression").with("EXPRESSION", "id % 2 ? -INFINITY : x * 0.5f"),
                kernel("elementwise").with("EXPRESSION", "x > 0.f ? sqrtf(x) : x").with("T", DType.BF16).with("VEC", 8),
                kernel("elementwise").with("EXPRESSION", "tanhf(x)").with("T", DType.F32).with("VEC", 1),
                KernelSpec.of("scale_rows", "scaleRows").with("T", DType.BF16).with("VEC", 8), KernelSpec.of("step_inputs", "resolve"), KernelSpec.of("fill_random", "fill_normal").with("T", DType.BF16),
                kernel("cast").with("T", DType.F32).with("OUT", DType.F16), kernel("cast").with("T", DType.F16).with("OUT", DType.BF16));
    }

    private static Stream<KernelSpec> attention() {
        var bf16 = Arrays.stream(new int[] {64, 80, 128, 256}).mapToObj(headDim -> new AttentionVariant(DType.BF16, headDim, 4, 16));
        var others = Stream.of(new AttentionVariant(DType.F16, 96, 7, 1), new AttentionVariant(DType.F32, 128, 3, 128));
        var special = Stream.of(
                new AttentionVariant(DType.BF16, 64, 64, 8, 16, true, false, true, false),
                new AttentionVariant(DType.BF16, 256, 256, 2, 16, true, true, false, false),
                new AttentionVariant(DType.BF16, 128, 128, 4, 16, true, true, true, false),
                new AttentionVariant(DType.F16, 192, 128, 1, 16, false, false, false, false),
                new AttentionVariant(DType.F32, 128, 64, 2, 16, true, true, true, false),
                new AttentionVariant(DType.BF16, 256, 256, 2, 16, true, false, false, true),
                new AttentionVariant(DType.BF16, 128, 128, 2, 16, true, false, false, true),
                new AttentionVariant(DType.BF16, 128, 128, 2, 16, false, false, false, true),
                new AttentionVariant(DType.F32, 64, 64, 2, 16, true, false, false, true));
        return Stream.concat(Stream.concat(bf16, others).flatMap(v -> Stream.of(LARGE, SMALL).flatMap(shared -> attention(v, shared))),
                special.flatMap(v -> attention(v, LARGE)));
    }

    private static Stream<KernelSpec> attention(AttentionVariant v, int sharedBytes) {
        var plan = ExtendPlan.choose(v, sharedBytes);
        return Stream.of(plan.spec(), plan.extendInvariantSpec(), plan.forDecode().decodeInvariantSpec(), v.decodeSpec());
    }

    private static Stream<KernelSpec> latentAttention() {
        return Stream.of(true, false).flatMap(invariant -> Stream.of(
                MlaPlan.choose(DType.BF16, 512, 64, 128, 16, invariant, LARGE), MlaPlan.choose(DType.BF16, 512, 64, 16, 64, invariant, SMALL),
                MlaPlan.choose(DType.F16, 256, 32, 20, 16, invariant, LARGE), MlaPlan.choose(DType.BF16, 32, 16, 4, 1, invariant, SMALL),
                MlaPlan.choose(DType.F32, 512, 64, 16, 16, invariant, LARGE), MlaPlan.choose(DType.F32, 32, 16, 4, 4, invariant, SMALL))).map(MlaPlan::spec);
    }

    private static Stream<KernelSpec> visionAttention() {
        var bf16 = Stream.of(16, 64, 72, 80, 128, 256).flatMap(headDim -> Stream.of(LARGE, SMALL).flatMap(shared -> Stream.of(64, 5476)
                .map(maxLen -> VisionPlan.choose(DType.BF16, headDim, maxLen, shared))));
        var others = Stream.of(VisionPlan.choose(DType.F16, 8, 100, SMALL), VisionPlan.choose(DType.F16, 88, 100, LARGE),
                VisionPlan.choose(DType.F32, 16, 100, LARGE), VisionPlan.choose(DType.F32, 20, 100, LARGE), VisionPlan.choose(DType.F32, 64, 100, LARGE),
                VisionPlan.choose(DType.F32, 80, 64, LARGE), VisionPlan.choose(DType.F32, 256, 64, LARGE));
        return Stream.concat(bf16, others).map(VisionPlan::spec);
    }

    private static KernelSpec rope(DType type, int headDim, int rotaryDim, int interleaved, int vec) {
        return kernel("rope").with("T", type).with("HEAD_DIM", headDim).with("ROTARY_DIM", rotaryDim).with("INTERLEAVED", interleaved)
                .with("POSITIONS", 1).with("SECTION_1", 0).with("SECTION_2", 0).with("VEC", vec);
    }

    private static KernelSpec gated(Activation activation, DType type, int intermediate, int vec) {
        return kernel("gated_activation").with("ACTIVATION", activation).with("T", type).with("INTERMEDIATE", intermediate).with("VEC", vec);
    }

    private static KernelSpec activate(Activation activation, DType type, int vec) {
        return kernel("activate").with("ACTIVATION", activation).with("T", type).with("VEC", vec);
    }

    private static KernelSpec kernel(String name) {
        return KernelSpec.of(name, name);
    }
}
