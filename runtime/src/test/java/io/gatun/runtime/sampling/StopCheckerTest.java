package io.gatun.runtime.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.engine.FinishReason.Stop;
import io.gatun.runtime.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class StopCheckerTest {
    private static final Tokenizer LLAMA3 = Tokenizer.fromFile(Path.of("src/test/resources/tokenizers/llama3.json"));
    private static final Tokenizer LLAMA2 = Tokenizer.fromFile(Path.of("src/test/resources/tokenizers/llama2.json"));
    private static final int EOT = LLAMA3.idOf("<|eot_id|>").orElseThrow();
    private static final Set<Integer> EOS = Set.of(EOT);

    @Test
    void aTokenThatEndsTextsEndsIt() {
        var checker = checker(b -> b.stopTokenIds(Set.of(7)));
        assertThat(checker.push(6)).isEmpty();
        assertThat(checker.push(7)).contains(Stop.atId(7));
        assertThat(checker(b -> b).push(EOT)).contains(Stop.atId(EOT));
        assertThat(checker(b -> b.ignoreEos(true)).push(EOT)).isEmpty();
        assertThat(checker(b -> b.ignoreEos(true).stopTokenIds(Set.of(7))).push(7)).as("asked for by name").contains(Stop.atId(7));
    }

    @Test
    void nothingEndsItBeforeTheLeastNumberOfTokens() {
        var checker = checker(b -> b.minNewTokens(2));
        assertThat(checker.push(EOT)).isEmpty();
        assertThat(checker.push(EOT)).isEmpty();
        assertThat(checker.push(EOT)).contains(Stop.atId(EOT));
        int[] ids = LLAMA3.encode("ababab", false);
        var strings = checker(b -> b.minNewTokens(3).stop("ab"));
        var reasons = Arrays.stream(ids).mapToObj(strings::push).toList();
        assertThat(reasons).hasSizeGreaterThan(3);
        assertThat(reasons.subList(0, 3)).containsOnly(Optional.empty());
        assertThat(reasons.getLast()).contains(Stop.atText("ab"));
    }

    @Test
    void aStopStringIsFoundAcrossTokens() {
        int[] ids = LLAMA3.encode("one € two", false);
        var checker = checker(b -> b.stop("€ t"));
        int ended = 0;
        while (checker.push(ids[ended]).isEmpty()) {
            ended++;
        }
        assertThat(LLAMA3.decode(Arrays.copyOf(ids, ended + 1), true)).startsWith("one € t");
        assertThat(LLAMA3.decode(Arrays.copyOf(ids, ended), true)).doesNotContain("€ t");
        assertThat(text(LLAMA3, ids, b -> b.stop("€ t"))).isEqualTo("one ");
        assertThat(text(LLAMA3, ids, b -> b.stop("€ t").noStopTrim(true))).isEqualTo("one € t");
    }

    @Test
    void aSpecialTokenMayBeGivenAsAString() {
        int header = LLAMA3.idOf("<|start_header_id|>").orElseThrow();
        var checker = checker(b -> b.stop("<|start_header_id|>"));
        assertThat(checker.push(LLAMA3.encode("a", false)[0])).isEmpty();
        assertThat(checker.push(header)).contains(Stop.atText("<|start_header_id|>"));
        int[] ids = LLAMA3.encode("a<|start_header_id|>b", false);
        assertThat(text(LLAMA3, ids, b -> b.stop("<|start_header_id|>"))).isEqualTo("a");
        assertThat(text(LLAMA3, ids, b -> b.stop("<|start_header_id|>").skipSpecialTokens(false))).isEqualTo("a");
        assertThat(text(LLAMA3, ids, b -> b.stop("<|start_header_id|>").skipSpecialTokens(false).noStopTrim(true))).isEqualTo("a<|start_header_id|>");
    }

    @Test
    void theTokenThatEndedATextIsNotInItUnlessAskedFor() {
        int[] ids = LLAMA3.encode("ab<|eot_id|>", false);
        assertThat(text(LLAMA3, ids, b -> b)).isEqualTo("ab");
        assertThat(text(LLAMA3, ids, b -> b.skipSpecialTokens(false))).isEqualTo("ab");
        assertThat(text(LLAMA3, ids, b -> b.skipSpecialTokens(false).noStopTrim(true))).isEqualTo("ab<|eot_id|>");
        assertThat(text(LLAMA3, ids, b -> b.skipSpecialTokens(false).ignoreEos(true))).isEqualTo("ab<|eot_id|>");
        int b = ids[1];
        assertThat(text(LLAMA3, ids, params -> params.stopTokenIds(Set.of(b)))).isEqualTo("a");
    }

    @Test
    void aStopStringThatOnlyTheEndMakesCertainStillCounts() {
        int[] ids = {LLAMA2.idOf("a").orElseThrow(), LLAMA2.idOf("<0x0A>").orElseThrow()};
        var params = SamplingParams.builder().stop("\n").build();
        var checker = new StopChecker(params, Set.of(2), Optional.of(LLAMA2));
        assertThat(checker.push(ids[0])).isEmpty();
        assertThat(checker.push(ids[1])).isEmpty();
        assertThat(checker.end(FinishReason.LENGTH)).isEqualTo(Stop.atText("\n"));
        assertThat(text(LLAMA2, ids, b -> b.stop("\n"))).isEqualTo("a");
        var atEos = new StopChecker(params, Set.of(2), Optional.of(LLAMA2));
        assertThat(Arrays.stream(ids).mapToObj(atEos::push)).containsOnly(Optional.empty());
        assertThat(atEos.push(2)).contains(Stop.atText("\n"));
    }

    @Test
    void anOutputThatNothingStoppedEndedOtherwise() {
        for (var checker : new StopChecker[] {checker(b -> b), checker(b -> b.stop("never"))}) {
            assertThat(checker.push(LLAMA3.encode("n", false)[0])).isEmpty();
            assertThat(checker.end(FinishReason.LENGTH)).isEqualTo(FinishReason.LENGTH);
        }
        assertThat(text(LLAMA3, LLAMA3.encode("never mind: nev", false), b -> b.stop("never min,"))).isEqualTo("never mind: nev");
    }

    @Test
    void withoutATokenizerOnlyIdsCanStop() {
        assertThat(new StopChecker(SamplingParams.greedy(3), EOS, Optional.empty()).push(EOT)).contains(Stop.atId(EOT));
        var params = SamplingParams.builder().stop("a", "b").build();
        assertThatThrownBy(() -> new StopChecker(params, EOS, Optional.empty())).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("stop has 2 strings, but without a tokenizer only stop token ids can be found");
    }

    private static StopChecker checker(UnaryOperator<SamplingParams.Builder> change) {
        return new StopChecker(change.apply(SamplingParams.builder()).build(), EOS, Optional.of(LLAMA3));
    }

    private static String text(Tokenizer tokenizer, int[] ids, UnaryOperator<SamplingParams.Builder> change) {
        var stream = new TextStream(tokenizer, change.apply(SamplingParams.builder()).build(), EOS);
        var text = new StringBuilder();
        for (int id : ids) {
            text.append(stream.push(id));
        }
        return text.append(stream.finish()).toString();
    }
}
