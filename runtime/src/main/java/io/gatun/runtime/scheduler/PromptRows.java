package io.gatun.runtime.scheduler;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The tokens of a step's prompts whose logprobs are wanted.
 *
 * @param rows the row of the step after which each comes
 * @param targets the tokens
 * @param top how many likeliest tokens are wanted, at most
 * @param spans which of them are whose, by place in the batch
 */
record PromptRows(int[] rows, int[] targets, int top, List<Optional<Span>> spans) {

    /**
     * Those of one request.
     *
     * @param from the first of them
     * @param firstTarget its place in the prompt
     * @param withFirst whether the prompt's first token is to be told as well, which has no logprob
     */
    record Span(int from, int count, int firstTarget, boolean withFirst) {
    }

    /** Those of a batch, if there are any. They are not asked for again. */
    static Optional<PromptRows> of(StepBatch batch) {
        boolean any = false;
        for (int b = 0; b < batch.size() && !any; b++) {
            any = wants(batch.reqs().get(b));
        }
        return any ? Optional.of(collect(batch)) : Optional.empty();
    }

    /** Those of request {@code i}. */
    Optional<Span> of(int i) {
        return spans.get(i);
    }

    int count() {
        return rows.length;
    }

    private static boolean wants(Req req) {
        return req.promptLogprobsDone < req.promptLen();
    }

    private static PromptRows collect(StepBatch batch) {
        int[] rows = new int[batch.tokens()];
        int[] targets = new int[batch.tokens()];
        var spans = new ArrayList<Optional<Span>>();
        int count = 0;
        int top = 0;
        int row = 0;
        for (var req : batch.reqs()) {
            int begin = req.prefixLen();
            int end = Math.min(begin + req.length(), req.promptLen() - 1);
            int first = Math.max(begin + 1, req.promptLogprobsDone);
            if (wants(req) && first <= end + (req.promptLen() == 1 ? 1 : 0)) {
                spans.add(Optional.of(new Span(count, Math.max(0, end - first + 1), first, req.promptLogprobsDone == 0)));
                for (int target = first; target <= end; target++) {
                    rows[count] = row + target - 1 - begin;
                    targets[count++] = req.tokens().get(target);
                }
                top = Math.max(top, req.params().topLogprobsNum());
                req.promptLogprobsDone = end + 1;
            } else {
                spans.add(Optional.empty());
            }
            row += req.length();
        }
        return new PromptRows(Arrays.copyOf(rows, count), Arrays.copyOf(targets, count), top, spans);
    }
}
