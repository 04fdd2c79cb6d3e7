package io.gatun.runtime.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.memory.DType;
import io.gatun.memory.OutOfMemoryException;
import io.gatun.runtime.cache.KvPool.KvShape;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.model.MemoryPlan.Situation;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** With the shape of Llama 3.1 8B: 128 KiB a token in bf16, a vocabulary of 128,256. */
class MemoryPlanTest {
    private static final long GIB = 1L << 30;
    private static final long WEIGHTS = 15 * GIB;
    private static final int PAGE_SIZE = 64;

    @Test
    void aLargeGpuKeepsWhatIsNeededAfterTheCacheAndNoMore() {
        var plan = plan(gpu(140 * GIB, 122 * GIB), b -> b);
        assertThat(plan.maxRunningRequests()).isEqualTo((int) ((plan.pages() - 1L) * PAGE_SIZE * 512 / 131_072)).isBetween(3000, 4096);
        assertThat(plan.keptBytes()).isBetween(5 * GIB / 2, 3 * GIB);
        assertThat((plan.pages() - 1L) * PAGE_SIZE * (128 << 10)).isBetween(122 * GIB - plan.keptBytes() - (8 << 20), 122 * GIB - plan.keptBytes());
    }

    @Test
    void fewerRequestsRunWhereTheirLogitsWouldTakeMuchOfTheMemory() {
        var plan = plan(gpu(24 * GIB, 12 * GIB), b -> b);
        assertThat(plan.maxRunningRequests()).isEqualTo((int) (24 * GIB / 64 / (4 * 128_256)));
        assertThat(plan.keptBytes()).isLessThan(5 * GIB / 4);
    }

    @Test
    void noMoreRequestsRunThanThereArePages() {
        assertThat(plan(gpu(140 * GIB, 122 * GIB), b -> b.maxTotalTokens(6400)).maxRunningRequests()).isEqualTo(100);
        assertThat(plan(gpu(140 * GIB, 122 * GIB), b -> b.maxTotalTokens(6400).maxRunningRequests(200)).maxRunningRequests()).isEqualTo(200);
    }

    @Test
    void whatIsKeptFollowsWhatRuns() {
        long all = plan(gpu(140 * GIB, 122 * GIB), b -> b).keptBytes();
        long few = plan(gpu(140 * GIB, 122 * GIB), b -> b.maxRunningRequests(64)).keptBytes();
        long eager = plan(gpu(140 * GIB, 122 * GIB), b -> b.maxRunningRequests(64).disableCudaGraph(true)).keptBytes();
        assertThat(all).isGreaterThan(few + GIB);
        assertThat(few).isGreaterThan(eager);
        assertThat(eager).isGreaterThanOrEqualTo(512L << 20);
    }

    @Test
    void aFractionIsTakenAsSglangDoes() {
        var plan = plan(gpu(100 * GIB, 80 * GIB), b -> b.memFractionStatic(0.75));
        assertThat(plan.keptBytes()).isEqualTo(25 * GIB);
        assertThat(plan.pages() - 1).isEqualTo((int) (55 * GIB / PAGE_SIZE / (128 << 10)));
    }

    @Test
    void tokensThatAreAskedForAreGivenAndRoundedUpToPages() {
        assertThat(plan(gpu(140 * GIB, 122 * GIB), b -> b.maxTotalTokens(65)).pages()).isEqualTo(3);
    }

    @Test
    void theCpuTakesAQuarterOrEightContexts() {
        var shape = new KvShape(32, 8, 128, DType.BF16);
        var cpu = new Situation("cpu", false, 16 * GIB, 32 * GIB, WEIGHTS, DType.BF16, shape, 128_256, 1000, 16);
        assertThat(plan(cpu, b -> b)).isEqualTo(new MemoryPlan(501, 0, 256));
        var small = new Situation("cpu", false, GIB, 32 * GIB, WEIGHTS, DType.BF16, shape, 128_256, 100_000, 16);
        assertThat(plan(small, b -> b).pages()).isEqualTo((int) (GIB / 4 / 16 / (128 << 10)) + 1);
    }

    @Test
    void aCacheThatDoesNotFitSaysWhatWould() {
        assertThatThrownBy(() -> plan(gpu(24 * GIB, 7 * GIB), b -> b.maxTotalTokens(100_000).memFractionStatic(0.9))).isInstanceOf(OutOfMemoryException.class)
                .hasMessage("a KV cache of 100000 tokens takes 12.2 GiB, but only 4.60 GiB are left for it on cuda:0 after loading: room for 37632 tokens; "
                        + "2.40 GiB are kept free by a mem fraction of 0.9: raise it, or let it be chosen");
        assertThatThrownBy(() -> plan(gpu(24 * GIB, 7 * GIB), b -> b.maxTotalTokens(100_000))).isInstanceOf(OutOfMemoryException.class)
                .hasMessageContaining(" are kept for up to 784 running requests: let fewer run, or prefill fewer than 8192 tokens at once");
        var fp32 = new Situation("cuda:0", true, GIB, 40 * GIB, 30 * GIB, DType.F32, new KvShape(32, 8, 128, DType.F32), 128_256, 131_072, PAGE_SIZE);
        assertThatThrownBy(() -> plan(fp32, b -> b)).isInstanceOf(OutOfMemoryException.class)
                .hasMessageStartingWith("a KV cache of 64 tokens takes 16.0 MiB, but only 0 B are left for it on cuda:0 after loading: room for 0 tokens; ")
                .hasMessageContaining("; in bfloat16 the weights would take 15.0 GiB less, with room for ");
    }

    @Test
    void weightsThatDoNotFitAreRefusedWithTheDtypeThatWould() {
        MemoryPlan.requireRoomForWeights("cuda:0", 30 * GIB, 30 * GIB, DType.F32);
        assertThatThrownBy(() -> MemoryPlan.requireRoomForWeights("cuda:0", 24 * GIB, 30 * GIB, DType.F32)).isInstanceOf(OutOfMemoryException.class)
                .hasMessage("the weights take 30.0 GiB in float32, but cuda:0 has only 24.0 GiB free; in bfloat16 they would take 15.0 GiB");
        assertThatThrownBy(() -> MemoryPlan.requireRoomForWeights("cuda:0", 8 * GIB, 15 * GIB, DType.BF16)).isInstanceOf(OutOfMemoryException.class)
                .hasMessage("the weights take 15.0 GiB in bfloat16, but cuda:0 has only 8.00 GiB free");
    }

    private static MemoryPlan plan(Situation situation, UnaryOperator<EngineOptions.Builder> change) {
        return MemoryPlan.choose(situation, change.apply(EngineOptions.builder(Path.of("m"))).build());
    }

    private static Situation gpu(long totalBytes, long freeBytes) {
        return new Situation("cuda:0", true, freeBytes, totalBytes, WEIGHTS, DType.BF16, new KvShape(32, 8, 128, DType.BF16), 128_256, 131_072, PAGE_SIZE);
    }
}
