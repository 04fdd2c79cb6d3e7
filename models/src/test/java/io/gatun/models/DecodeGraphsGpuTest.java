package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.gatun.bindings.Cuda;
import io.gatun.bindings.CudaStatus;
import io.gatun.kernels.DeviceChoice;
import io.gatun.memory.DType;
import io.gatun.runtime.batch.Chunk;
import io.gatun.runtime.batch.ForwardMode;
import io.gatun.runtime.batch.TokenChunk;
import io.gatun.runtime.batch.TokenList;
import io.gatun.runtime.cache.PageList;
import io.gatun.runtime.engine.EngineOptions;
import io.gatun.runtime.engine.StaticBatch;
import io.gatun.runtime.model.ModelRunner;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decode steps by graphs against the same steps launched kernel by kernel. */
class DecodeGraphsGpuTest {
    private static final Golden GOLDEN = Golden.named("llama-gqa4-llama3-sharded-bf16");
    /** In fp32 no greedy choice hangs on how a product is divided. */
    private static final Golden IN_FP32 = Golden.named("llama-mha-f32");
    private static final int NEW_TOKENS = 40;

    @BeforeEach
    void requireGpu() {
        if (Cuda.probe() instanceof CudaStatus.Unavailable missing) {
            assumeTrue(false, missing.message());
        }
    }

    /** Sizes that have a graph of their own, so that attention is divided alike; 33 and 40 are beyond the largest graph. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16, 32, 33, 40})
    void aGraphGivesTheBitsOfTheEagerStep(int size) {
        try (var graphs = load(false); var eager = load(true)) {
            assertThat(graphs.loadReport().graphs().orElseThrow().count()).isEqualTo(8);
            assertThat(eager.loadReport().graphs()).isEmpty();
            var prompts = prompts(size);
            try (var replayed = new StaticBatch(graphs, prompts, NEW_TOKENS); var launched = new StaticBatch(eager, prompts, NEW_TOKENS)) {
                replayed.prefill(256);
                launched.prefill(256);
                var all = IntStream.range(0, size).boxed().toList();
                for (int step = 1; step < NEW_TOKENS; step++) {
                    var a = replayed.decodeLogits(all);
                    var b = launched.decodeLogits(all);
                    assertThat(a.nextTokenLogits().toFloats()).as("step %d", step).isEqualTo(b.nextTokenLogits().toFloats());
                    replayed.appendArgmax(a);
                    launched.appendArgmax(b);
                }
            }
        }
    }

    @Test
    void aBatchFilledUpWithDummiesGivesTheGreedyIdsOfHuggingFace() {
        try (var runner = ModelRunner.load(options(IN_FP32).build())) {
            var prompts = IN_FP32.inputs();
            int newTokens = IN_FP32.prompts().getFirst().outputIds().length;
            for (int size = 1; size <= prompts.size(); size++) {
                try (var batch = new StaticBatch(runner, prompts.subList(0, size), newTokens)) {
                    batch.prefill(64);
                    for (int step = 1; step < newTokens; step++) {
                        batch.decode(IntStream.range(0, size).boxed().toList());
                    }
                    for (int i = 0; i < size; i++) {
                        assertThat(batch.outputIds(i)).as("prompt %d of %d", i, size).containsExactly(IN_FP32.prompts().get(i).outputIds());
                    }
                }
            }
        }
    }

    @Test
    void stepsMayFollowEachOtherWithoutTheHostKnowingTheIds() {
        var prompts = prompts(6);
        try (var runner = ModelRunner.load(options(IN_FP32).build())) {
            var known = generate(runner, prompts);
            var requests = new ArrayList<Blind>();
            prompts.forEach(prompt -> requests.add(new Blind(runner, prompt)));
            try (var arena = runner.device().arena("ids", 0)) {
                var ids = arena.allocate(DType.I32, NEW_TOKENS, requests.size());
                var prefill = requests.stream().map(Blind::prompt).toList();
                runner.argmax(runner.forward(ForwardMode.EXTEND, prefill), ids.narrowRows(0, 1));
                runner.keepLastTokens(ids.narrowRows(0, 1));
                for (int step = 1; step < NEW_TOKENS; step++) {
                    requests.forEach(request -> request.cached++);
                    runner.argmax(runner.forward(ForwardMode.DECODE, requests), ids.narrowRows(step, 1));
                    runner.keepLastTokens(ids.narrowRows(step, 1));
                }
                int[] all = ids.toInts();
                for (int i = 0; i < requests.size(); i++) {
                    int request = i;
                    assertThat(IntStream.range(0, NEW_TOKENS).map(step -> all[step * requests.size() + request]).toArray()).isEqualTo(known.get(i));
                }
            }
        }
    }

    @Test
    void aReplayedStepAllocatesNothing() {
        try (var runner = load(false)) {
            var request = new Blind(runner, new int[] {1, 2, 3});
            runner.forward(ForwardMode.EXTEND, List.of(request.prompt()));
            request.cached++;
            var chunks = List.of(request);
            var thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long allocated = Long.MAX_VALUE;
            for (int round = 0; round < 20; round++) {
                long before = thread.getCurrentThreadAllocatedBytes();
                for (int step = 0; step < 2000; step++) {
                    runner.forward(ForwardMode.DECODE, chunks);
                }
                allocated = thread.getCurrentThreadAllocatedBytes() - before;
                runner.device().synchronize();
            }
            assertThat(allocated).as("bytes in 2000 steps").isLessThan(2000);
        }
    }

    /** A request whose new ids stay on the device. */
    private static final class Blind implements Chunk {
        private final int[] prompt;
        private final int row;
        private final PageList pages = new PageList();
        private int cached;

        Blind(ModelRunner runner, int[] prompt) {
            this.prompt = prompt;
            row = runner.reqToToken().allocate();
            runner.pages().grow(pages, prompt.length + NEW_TOKENS);
            cached = prompt.length - 1;
        }

        TokenChunk prompt() {
            return new TokenChunk(row, new TokenList(prompt, 0), 0, prompt.length, pages);
        }

        @Override
        public int row() {
            return row;
        }

        @Override
        public int prefixLen() {
            return cached;
        }

        @Override
        public int length() {
            return 1;
        }

        @Override
        public int id(int position) {
            return -1;
        }

        @Override
        public PageList pages() {
            return pages;
        }
    }

    private static List<int[]> generate(ModelRunner runner, List<int[]> prompts) {
        try (var batch = new StaticBatch(runner, prompts, NEW_TOKENS)) {
            batch.prefill(256);
            for (int step = 1; step < NEW_TOKENS; step++) {
                batch.decode(IntStream.range(0, prompts.size()).boxed().toList());
            }
            return IntStream.range(0, prompts.size()).mapToObj(batch::outputIds).toList();
        }
    }

    private static List<int[]> prompts(int count) {
        var random = new Random(count);
        return IntStream.range(0, count).mapToObj(i -> random.ints(1 + random.nextInt(100), 0, 250).toArray()).toList();
    }

    private static ModelRunner load(boolean disableCudaGraph) {
        return ModelRunner.load(options(GOLDEN).cudaGraphMaxBs(32).disableCudaGraph(disableCudaGraph).build());
    }

    private static EngineOptions.Builder options(Golden golden) {
        return EngineOptions.builder(golden.folder()).device(DeviceChoice.CUDA).maxTotalTokens(8192).chunkedPrefillSize(256);
    }
}
