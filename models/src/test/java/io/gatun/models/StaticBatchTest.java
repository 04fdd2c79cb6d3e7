package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.engine.StaticBatch;
import io.gatun.runtime.model.ModelRunner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StaticBatchTest {
    private static final Golden GOLDEN = Golden.named("llama-gqa4-llama3-sharded-bf16");
    private static final int NEW_TOKENS = 8;

    private final ModelRunner runner = ModelRunner.load(Checkpoints.onCpu(GOLDEN.folder()).maxTotalTokens(1024).build());
    private final int freePages = runner.pages().availablePages();
    private final int freeRows = runner.reqToToken().availableRows();

    @AfterEach
    void closeWithAllPagesBackAndNothingLeft() {
        assertThat(runner.pages().availablePages()).isEqualTo(freePages);
        assertThat(runner.reqToToken().availableRows()).isEqualTo(freeRows);
        var ledger = runner.device().ledger();
        assertThat(ledger.liveByArena()).isNotEmpty();
        runner.close();
        assertThat(ledger.liveByArena()).isEmpty();
    }

    @Test
    void aBatchTakesItsPagesAndGivesThemBack() {
        try (var batch = new StaticBatch(runner, List.of(new int[20], new int[1]), NEW_TOKENS)) {
            assertThat(batch.size()).isEqualTo(2);
            assertThat(freePages - runner.pages().availablePages()).isEqualTo(2 + 1);
            batch.close();
            assertThat(runner.pages().availablePages()).isEqualTo(freePages);
        }
    }

    @Test
    void aPromptThatCannotBeServedIsNamedWithItsNumber() {
        refused("prompt 1 is empty; it must have at least one token", NEW_TOKENS, new int[] {1}, new int[0]);
        refused("prompt 0 has the token id 301; the model's vocabulary has ids 0 to 300", NEW_TOKENS, new int[] {300, 301});
        refused("prompt 0 has the token id -1; the model's vocabulary has ids 0 to 300", NEW_TOKENS, new int[] {-1});
        refused("prompt 1 has 249 tokens and shall get up to 8 more; together they must not exceed the context length of 256", NEW_TOKENS, new int[] {1},
                new int[249]);
        refused("prompt 0 has 1 tokens and shall get up to 2147483647 more; together they must not exceed the context length of 256", Integer.MAX_VALUE,
                new int[] {1});
    }

    @Test
    void aPromptThatJustFitsTheContextRuns() {
        try (var batch = new StaticBatch(runner, List.of(new int[248]), NEW_TOKENS)) {
            generate(batch);
            assertThat(batch.outputIds(0)).hasSize(NEW_TOKENS);
        }
    }

    @Test
    void aBatchTooLargeForTheCacheSaysWhatIsFree() {
        var prompts = Collections.nCopies(9, new int[100]);
        assertThatThrownBy(() -> new StaticBatch(runner, prompts, 28)).isInstanceOf(RequestException.class)
                .hasMessage("the batch of 9 prompts with 28 new tokens each takes 1152 tokens of KV cache in pages of 16, but only 1024 are free: "
                        + "send fewer or shorter prompts");
    }

    @Test
    void moreRequestsThanAStepTakesAreRefused() {
        var prompts = Collections.nCopies(runner.maxRunningRequests() + 1, new int[] {1});
        assertThatThrownBy(() -> new StaticBatch(runner, prompts, 1)).isInstanceOf(RequestException.class)
                .hasMessage("the batch has 257 prompts; at most 256 more can run at once");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 16, 48})
    void logitsAreTheSameToTheLastBitInWhateverChunksAPromptIsPrefilled(int chunk) {
        int[] prompt = GOLDEN.inputs().getLast();
        float[] whole = logits(prompt, prompt.length);
        assertThat(logits(prompt, chunk)).isEqualTo(whole);
    }

    @Test
    void aRequestsLogitsDoNotDependOnItsNeighbours() {
        var prompts = GOLDEN.inputs();
        int[] counts = prompts.stream().mapToInt(p -> p.length).toArray();
        try (var together = new StaticBatch(runner, prompts, NEW_TOKENS)) {
            float[] rows = together.extend(counts).nextTokenLogits().toFloats();
            int vocab = rows.length / counts.length;
            for (int i = 0; i < counts.length; i++) {
                try (var alone = new StaticBatch(runner, List.of(prompts.get(i)), NEW_TOKENS)) {
                    assertThat(alone.extend(new int[] {counts[i]}).nextTokenLogits().toFloats()).as("prompt %d", i)
                            .isEqualTo(Arrays.copyOfRange(rows, i * vocab, (i + 1) * vocab));
                }
            }
        }
    }

    @Test
    void aPromptThatIsPrefilledAlreadyDoesNotHoldBackTheOthers() {
        try (var batch = new StaticBatch(runner, List.of(new int[] {5, 6, 7}, new int[] {8, 9}), 2)) {
            batch.extend(new int[] {1, 2});
            batch.prefill(64);
            assertThat(batch.unprefilled(0)).isZero();
            assertThat(batch.outputIds(0)).hasSize(1);
        }
    }

    @Test
    void oneLongPromptAmongManyShortOnesRuns() {
        var prompts = new ArrayList<int[]>(Collections.nCopies(40, new int[] {3}));
        prompts.add(new int[200]);
        try (var batch = new StaticBatch(runner, prompts, 4)) {
            batch.prefill(32);
            batch.decode(IntStream.range(0, prompts.size()).boxed().toList());
            assertThat(batch.outputIds(39)).isEqualTo(batch.outputIds(0)).hasSize(2);
        }
    }

    private float[] logits(int[] prompt, int chunk) {
        try (var batch = new StaticBatch(runner, List.of(prompt), 1)) {
            while (true) {
                var logits = batch.extend(new int[] {Math.min(chunk, batch.unprefilled(0))});
                if (batch.unprefilled(0) == 0) {
                    return logits.nextTokenLogits().toFloats();
                }
            }
        }
    }

    private void generate(StaticBatch batch) {
        batch.prefill(64);
        for (int step = 1; step < NEW_TOKENS; step++) {
            batch.decode(IntStream.range(0, batch.size()).boxed().toList());
        }
    }

    private void refused(String message, int maxNewTokens, int[]... prompts) {
        assertThatThrownBy(() -> new StaticBatch(runner, List.of(prompts), maxNewTokens)).isInstanceOf(RequestException.class).hasMessage(message);
        assertThat(runner.pages().availablePages()).isEqualTo(freePages);
    }
}
