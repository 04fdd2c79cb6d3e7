package io.gatun.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.gatun.kernels.AttentionBatch;
import io.gatun.kernels.KvCache;
import io.gatun.kernels.RopeTable;
import io.gatun.memory.DType;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class CpuAllocationTest {
    private static final int MAX_ROUNDS = 200;
    private static final int STEPS = 1000;

    /** Warm is when C2 has compiled everything, which takes some thousand steps; before that vectors are objects. */
    @Test
    void aWarmDecodeStepAllocatesNothing() {
        try (var fixture = new Fixture(); var kernels = new CpuKernels(fixture.device, 2)) {
            var hidden = fixture.random(DType.F32, 1, 64);
            var residual = fixture.empty(DType.F32, 1, 64);
            var qkv = fixture.empty(DType.F32, 1, 128);
            var q = qkv.narrowCols(0, 64);
            var k = qkv.narrowCols(64, 32);
            var v = qkv.narrowCols(96, 32);
            var attended = fixture.empty(DType.F32, 1, 64);
            var gateUp = fixture.empty(DType.F32, 1, 256);
            var gated = fixture.empty(DType.F32, 1, 128);
            var logits = fixture.empty(DType.F32, 1, 1000);
            var ids = fixture.ints(5);
            var embedding = fixture.random(DType.BF16, 1000, 64);
            var norm = fixture.random(DType.BF16, 64);
            var qkvWeight = fixture.random(DType.BF16, 128, 64);
            var gateUpWeight = fixture.random(DType.BF16, 256, 64);
            var downWeight = fixture.random(DType.BF16, 64, 128);
            var cache = new KvCache(fixture.random(DType.F32, 4, 2, 16, 16), fixture.random(DType.F32, 4, 2, 16, 16));
            var table = new RopeTable(fixture.random(DType.F32, 50, 8), fixture.random(DType.F32, 50, 8), RopeTable.Pairing.HALVES);
            var batch = new AttentionBatch(1, fixture.ints(0, 1), fixture.ints(40), fixture.emptyInts(1, 3).copyFrom(3, 1, 2), 1, 40);
            var positions = fixture.ints(39);
            var slots = fixture.ints(39);
            kernels.fill().cast(hidden, residual);
            Runnable step = () -> {
                kernels.embedding().embed(ids, embedding, hidden);
                kernels.norm().addRmsNorm(hidden, residual, norm, 1e-5f, hidden);
                kernels.linear().linear(hidden, qkvWeight, qkv);
                kernels.rope().rope(q, k, positions, table, 16);
                kernels.attention().writeKv(k, v, slots, cache);
                kernels.attention().decode(q, cache, batch, 0.25f, attended);
                kernels.linear().linear(attended, gateUpWeight, gateUp);
                kernels.activation().siluAndMul(gateUp, gated);
                kernels.linear().linear(gated, downWeight, hidden);
                kernels.linear().linear(hidden, embedding, logits);
                kernels.sampling().argmax(logits, ids);
            };
            var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long least = Long.MAX_VALUE;
            for (int round = 0; round < MAX_ROUNDS && least > 0; round++) {
                for (int i = 0; i < STEPS; i++) {
                    step.run();
                }
                long before = threads.getCurrentThreadAllocatedBytes();
                step.run();
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(least).isZero();
        }
    }
}
