package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.memory.DType;
import io.gatun.runtime.batch.Chunk;
import io.gatun.runtime.batch.ForwardMode;
import io.gatun.runtime.batch.TokenChunk;
import io.gatun.runtime.batch.TokenList;
import io.gatun.runtime.cache.PageList;
import io.gatun.runtime.model.ModelRunner;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModelRunnerTest {
    private static final Golden GOLDEN = Golden.named("llama-gqa4-llama3-sharded-bf16");
    private static final int[] FIRST = GOLDEN.inputs().getLast();
    private static final int[] SECOND = GOLDEN.inputs().get(1);

    private final ModelRunner runner = ModelRunner.load(Checkpoints.onCpu(GOLDEN.folder()).maxTotalTokens(1024).maxRunningRequests(4).build());

    @AfterEach
    void closeWithNothingLeft() {
        var ledger = runner.device().ledger();
        runner.close();
        assertThat(ledger.liveByArena()).isEmpty();
    }

    @Test
    void anIdThatOnlyTheDeviceKnowsIsReadFromItsRow() {
        var known = request(FIRST, FIRST.length - 1, 1);
        var unknown = request(masked(FIRST), FIRST.length - 1, 1);
        prefill(known, FIRST.length - 1);
        prefill(unknown, FIRST.length - 1);
        try (var arena = runner.device().arena("test", 0)) {
            runner.keepLastTokens(arena.allocate(DType.I32, 1).copyFrom(FIRST[FIRST.length - 1]));
            float[] logits = runner.forward(ForwardMode.DECODE, List.of(known, unknown)).nextTokenLogits().toFloats();
            int vocab = logits.length / 2;
            assertThat(Arrays.copyOfRange(logits, vocab, 2 * vocab)).isEqualTo(Arrays.copyOf(logits, vocab));
        }
    }

    @Test
    void lastTokensAreKeptInTheRowsOfTheStep() {
        var first = request(FIRST, 0, FIRST.length);
        var second = request(SECOND, 0, SECOND.length);
        runner.forward(ForwardMode.EXTEND, List.of(second, first));
        try (var arena = runner.device().arena("test", 0)) {
            runner.keepLastTokens(arena.allocate(DType.I32, 2).copyFrom(7, 8));
        }
        int[] last = runner.lastTokens().toInts();
        assertThat(last).hasSize(5);
        assertThat(last[second.row()]).isEqualTo(7);
        assertThat(last[first.row()]).isEqualTo(8);
    }

    @Test
    void aMixedStepGivesTheBitsOfSeparateOnes() {
        var decoding = request(FIRST, FIRST.length - 1, 1);
        prefill(decoding, FIRST.length - 1);
        float[] decoded = runner.forward(ForwardMode.DECODE, List.of(decoding)).nextTokenLogits().toFloats();
        var prefilling = request(SECOND, 0, SECOND.length);
        float[] prefilled = runner.forward(ForwardMode.EXTEND, List.of(prefilling)).nextTokenLogits().toFloats();
        float[] mixed = runner.forward(ForwardMode.MIXED, List.of(prefilling, decoding)).nextTokenLogits().toFloats();
        assertThat(Arrays.copyOf(mixed, prefilled.length)).isEqualTo(prefilled);
        assertThat(Arrays.copyOfRange(mixed, prefilled.length, mixed.length)).isEqualTo(decoded);
    }

    @Test
    void aRowServesTheNextRequestAfterTheLast() {
        float[] expected = runner.forward(ForwardMode.EXTEND, List.of(request(FIRST, 0, FIRST.length))).nextTokenLogits().toFloats();
        var gone = request(SECOND, 0, SECOND.length);
        runner.forward(ForwardMode.EXTEND, List.of(gone));
        runner.pages().release(gone.pages());
        runner.reqToToken().release(gone.row());
        var next = request(FIRST, 0, FIRST.length);
        assertThat(next.row()).isEqualTo(gone.row());
        assertThat(runner.forward(ForwardMode.EXTEND, List.of(next)).nextTokenLogits().toFloats()).isEqualTo(expected);
    }

    private void prefill(TokenChunk chunk, int length) {
        runner.forward(ForwardMode.EXTEND, List.<Chunk>of(new TokenChunk(chunk.row(), chunk.ids(), 0, length, chunk.pages())));
    }

    private TokenChunk request(int[] ids, int prefixLen, int length) {
        var pages = new PageList();
        assertThat(runner.pages().grow(pages, ids.length)).isTrue();
        return new TokenChunk(runner.reqToToken().allocate(), new TokenList(ids, 0), prefixLen, length, pages);
    }

    private static int[] masked(int[] ids) {
        int[] masked = ids.clone();
        masked[ids.length - 1] = -1;
        return masked;
    }
}
