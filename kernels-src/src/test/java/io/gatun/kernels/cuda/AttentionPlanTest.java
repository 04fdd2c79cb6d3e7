package io.gatun.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.memory.DType;
import org.junit.jupiter.api.Test;

class AttentionPlanTest {
    private static final int H200 = 132;
    private static final AttentionVariant LLAMA_8B = new AttentionVariant(DType.BF16, 128, 4, 64);

    @Test
    void fewRequestsAreSplitUntilTheyFillTheDevice() {
        assertThat(DecodePlan.choose(LLAMA_8B, 1, 8, 16_384, H200).splits()).isEqualTo(33);
        assertThat(DecodePlan.choose(LLAMA_8B, 8, 8, 16_384, H200).splits()).isEqualTo(4);
        assertThat(DecodePlan.choose(LLAMA_8B, 33, 8, 16_384, H200).splits()).isEqualTo(1);
    }

    @Test
    void shortRequestsAreNotSplitBelow64Positions() {
        assertThat(DecodePlan.choose(LLAMA_8B, 1, 8, 130, H200).splits()).isEqualTo(3);
        assertThat(DecodePlan.choose(LLAMA_8B, 1, 8, 0, H200).splits()).isEqualTo(1);
    }

    @Test
    void manyRequestsAreSplitOnlyToFillTheLastWave() {
        assertThat(DecodePlan.choose(LLAMA_8B, 64, 8, 4096, H200).splits()).isEqualTo(2);
        assertThat(DecodePlan.choose(LLAMA_8B, 256, 8, 4096, H200).splits()).isEqualTo(1);
    }

    @Test
    void fixedSplitsDoNotDependOnTheBatch() {
        var alone = DecodePlan.fixedSplits(LLAMA_8B, 1, 8, 4000, 1024);
        var many = DecodePlan.fixedSplits(LLAMA_8B, 64, 8, 4000, 1024);
        assertThat(many.splits()).isEqualTo(alone.splits()).isEqualTo(4);
        assertThat(many.splitSize()).isEqualTo(alone.splitSize());
    }

    @Test
    void largeGroupsTakeSeveralBlocks() {
        var plan = new DecodePlan(new AttentionVariant(DType.BF16, 64, 40, 16), 3, 2, 5, 64);
        assertThat(plan.gridY()).isEqualTo(6);
        assertThat(plan.partialSums()).isEqualTo(3L * 6 * 5 * 16);
        assertThat(plan.partialOutputs()).isEqualTo(3L * 6 * 5 * 16 * 64);
        assertThat(new DecodePlan(plan.attention(), 3, 2, 1, 64).partialOutputs()).isZero();
    }

    @Test
    void splitsAreEightAnOctaveAndNoneBelow512() {
        assertThat(InvariantAttention.splits(0)).isEqualTo(1);
        assertThat(InvariantAttention.splits(1)).isEqualTo(1);
        assertThat(InvariantAttention.splits(513)).isEqualTo(2);
        assertThat(InvariantAttention.splits(4096)).isEqualTo(8);
        assertThat(InvariantAttention.splits(4097)).isEqualTo(9);
        assertThat(InvariantAttention.splits(8192)).isEqualTo(16);
        assertThat(InvariantAttention.splits(8193)).isEqualTo(17);
        assertThat(InvariantAttention.splits(9217)).isEqualTo(18);
        assertThat(InvariantAttention.splits(16_384)).isEqualTo(24);
        assertThat(InvariantAttention.splits(131_072)).isEqualTo(48);
    }

    @Test
    void extendTakesTheLongestStepsThatSharedMemoryHolds() {
        assertThat(ExtendPlan.choose(LLAMA_8B, 227 << 10)).isEqualTo(new ExtendPlan(LLAMA_8B, 2, 64));
        assertThat(ExtendPlan.choose(LLAMA_8B, 99 << 10)).isEqualTo(new ExtendPlan(LLAMA_8B, 2, 32));
        var wide = new AttentionVariant(DType.F32, 256, 1, 16);
        assertThatThrownBy(() -> ExtendPlan.choose(wide, 99 << 10)).hasMessageContaining("256 F32").hasMessageContaining("133120 bytes");
    }

    @Test
    void hoppersKernelTakes16BitHeadsOf64Or128InPagesOf64() {
        var plan = ExtendWgmmaPlan.choose(LLAMA_8B, 90).orElseThrow();
        assertThat(plan).isEqualTo(new ExtendWgmmaPlan(LLAMA_8B, 4, 2, false));
        assertThat(plan.tokens()).isEqualTo(32);
        assertThat(plan.tiles(3, 33, 8)).isEqualTo(48);
        assertThat(plan.sharedBytes()).isLessThanOrEqualTo(227 << 10);
        assertThat(ExtendWgmmaPlan.choose(LLAMA_8B, 100)).isEmpty();
        assertThat(ExtendWgmmaPlan.choose(new AttentionVariant(DType.BF16, 128, 4, 16), 90)).isEmpty();
        assertThat(ExtendWgmmaPlan.choose(new AttentionVariant(DType.F32, 128, 4, 64), 90)).isEmpty();
        assertThat(ExtendWgmmaPlan.choose(new AttentionVariant(DType.BF16, 80, 4, 64), 90)).isEmpty();
    }

    @Test
    void asManyHeadsOfAGroupArePackedAsDivideIt() {
        int[][] packs = {{1, 1}, {2, 2}, {6, 2}, {7, 1}, {8, 8}, {16, 8}, {12, 4}};
        for (int[] pack : packs) {
            var plan = ExtendWgmmaPlan.choose(new AttentionVariant(DType.F16, 64, pack[0], 64), 90).orElseThrow();
            assertThat(plan.pack()).isEqualTo(pack[1]);
            assertThat(plan.tiles(1, 1000, 2)).isEqualTo(2 * pack[0] / pack[1] * Math.ceilDiv(1000, 128 / pack[1]));
        }
    }
}
