package io.gatun.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatun.runtime.batch.Chunk;
import io.gatun.runtime.batch.ForwardMode;
import io.gatun.runtime.batch.TokenChunk;
import io.gatun.runtime.batch.TokenList;
import io.gatun.runtime.cache.PageList;
import io.gatun.runtime.model.ModelRunner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Random requests whose last logits must have the same bits by every way to them. */
final class LogitsInvariance {
    private static final int REQUESTS = 7;

    private final ModelRunner runner;
    private final Random random;
    private final List<Request> requests = new ArrayList<>();

    /** Where a prompt and its cache are. */
    private record Request(int row, int[] ids, PageList pages, float[] logits) {
        Chunk chunk(int from, int to) {
            return new TokenChunk(row, new TokenList(ids, 0), from, to - from, pages);
        }

        Chunk last() {
            return chunk(ids.length - 1, ids.length);
        }
    }

    private LogitsInvariance(ModelRunner runner, int maxLen, long seed) {
        this.runner = runner;
        this.random = new Random(seed);
        for (int i = 0; i < REQUESTS; i++) {
            int[] ids = random.ints(i == 0 ? maxLen : 2 + random.nextInt(maxLen - 1), 0, runner.config().vocabSize()).toArray();
            var pages = new PageList();
            assertThat(runner.pages().grow(pages, ids.length)).isTrue();
            var request = new Request(runner.reqToToken().allocate(), ids, pages, new float[runner.config().vocabSize()]);
            float[] alone = runner.forward(ForwardMode.EXTEND, List.of(request.chunk(0, ids.length))).nextTokenLogits().toFloats();
            System.arraycopy(alone, 0, request.logits, 0, alone.length);
            requests.add(request);
        }
    }

    /** Requests of up to {@code maxLen} tokens, alone, together, in pieces and decoded. */
    static void check(ModelRunner runner, int maxLen, long seed) {
        var invariance = new LogitsInvariance(runner, maxLen, seed);
        invariance.together();
        invariance.inPieces();
        invariance.decoded();
        invariance.mixed();
        for (var request : invariance.requests) {
            runner.pages().release(request.pages);
            runner.reqToToken().release(request.row);
        }
    }

    private void together() {
        step("together", ForwardMode.EXTEND, requests, requests.stream().map(r -> r.chunk(0, r.ids.length)).toList());
    }

    private void inPieces() {
        for (var request : requests) {
            for (int from = 0, to; from < request.ids.length; from = to) {
                to = from + 1 + random.nextInt(request.ids.length - from);
                float[] logits = runner.forward(ForwardMode.EXTEND, List.of(request.chunk(from, to))).nextTokenLogits().toFloats();
                if (to == request.ids.length) {
                    assertThat(logits).as("%d tokens, the last piece from %d", to, from).isEqualTo(request.logits);
                }
            }
        }
    }

    private void decoded() {
        runner.forward(ForwardMode.EXTEND, requests.stream().map(r -> r.chunk(0, r.ids.length - 1)).toList());
        for (int size = 1; size <= REQUESTS; size++) {
            var some = requests.subList(REQUESTS - size, REQUESTS);
            step("decoded with " + size, ForwardMode.DECODE, some, some.stream().map(Request::last).toList());
        }
    }

    private void mixed() {
        var chunks = IntStream.range(0, REQUESTS).mapToObj(i -> {
            var request = requests.get(i);
            return i % 2 == 0 ? request.last() : request.chunk(random.nextInt(request.ids.length), request.ids.length);
        }).toList();
        step("mixed", ForwardMode.MIXED, requests, chunks);
    }

    private void step(String how, ForwardMode mode, List<Request> expected, List<Chunk> chunks) {
        float[] logits = runner.forward(mode, chunks).nextTokenLogits().toFloats();
        int vocab = runner.config().vocabSize();
        for (int i = 0; i < expected.size(); i++) {
            assertThat(Arrays.copyOfRange(logits, i * vocab, (i + 1) * vocab)).as("%s, %d tokens", how, expected.get(i).ids.length)
                    .isEqualTo(expected.get(i).logits);
        }
    }
}
