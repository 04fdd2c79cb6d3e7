package io.gatun.runtime.engine;

import io.gatun.runtime.batch.Chunk;
import io.gatun.runtime.batch.ForwardMode;
import io.gatun.runtime.layers.LogitsOutput;
import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.multimodal.ExpandedPrompt;
import java.util.ArrayList;
import java.util.List;

/**
 * A fixed set of prompts that go through the model together, each with all the cache it will need from the start. Used by one thread, the runner's.
 */
public final class StaticBatch implements AutoCloseable {
    private final ModelRunner runner;
    private final List<Req> reqs;
    private boolean closed;

    /** A batch of token ids, as {@link #ofExpanded}. */
    public StaticBatch(ModelRunner runner, List<int[]> prompts, int maxNewTokens) {
        this(prompts.stream().map(ExpandedPrompt::ofText).toList(), maxNewTokens, runner);
    }

    /**
     * Takes the cache's pages for all prompts.
     *
     * @param prompts at least one, each of at least one token, perhaps with pictures
     * @param maxNewTokens the most ids that will be added to each
     * @throws RequestException if a prompt is empty, too long or has ids outside the vocabulary, or all together are too much for the cache
     */
    public static StaticBatch ofExpanded(ModelRunner runner, List<ExpandedPrompt> prompts, int maxNewTokens) {
        return new StaticBatch(prompts, maxNewTokens, runner);
    }

    private StaticBatch(List<ExpandedPrompt> prompts, int maxNewTokens, ModelRunner runner) {
        this.runner = runner;
        int rows = runner.reqToToken().availableRows();
        if (prompts.size() > rows) {
            throw new RequestException("the batch has " + prompts.size() + " prompts; at most " + rows + " more can run at once");
        }
        for (int i = 0; i < prompts.size(); i++) {
            check(i, prompts.get(i).ids(), maxNewTokens);
        }
        long needed = prompts.stream().mapToLong(prompt -> runner.pages().pagesFor(prompt.ids().length + maxNewTokens)).sum();
        if (needed > runner.pages().availablePages()) {
            long pageSize = runner.kvPool().pageSize();
            throw new RequestException("the batch of " + prompts.size() + " prompts with " + maxNewTokens + " new tokens each takes " + needed * pageSize
                    + " tokens of KV cache in pages of " + pageSize + ", but only " + runner.pages().availableTokens() + " are free: send fewer or shorter prompts");
        }
        this.reqs = prompts.stream().map(prompt -> new Req(runner.reqToToken().allocate(), prompt, maxNewTokens)).toList();
        reqs.forEach(req -> runner.pages().grow(req.pages(), req.promptLen() + maxNewTokens));
    }

    /** How many prompts there are. */
    public int size() {
        return reqs.size();
    }

    /** The new ids of prompt {@code i} so far. */
    public int[] outputIds(int i) {
        return reqs.get(i).outputIds();
    }

    /** Tokens of prompt {@code i} that are not in the cache yet. */
    public int unprefilled(int i) {
        return reqs.get(i).unprefilled();
    }

    /**
     * One prefill step with the next {@code counts[i]} tokens of prompt i, of which at least one count is not 0. No picture whose tokens see each other
     * is cut: of a prompt that has one there the step takes some tokens more or less.
     *
     * @return the logits after those tokens, a row for each prompt whose count is not 0, in order
     */
    public LogitsOutput extend(int[] counts) {
        var chunks = new ArrayList<Chunk>(reqs.size());
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                chunks.add(reqs.get(i).advance(reqs.get(i).uncut(counts[i])));
            }
        }
        return runner.forward(ForwardMode.EXTEND, chunks);
    }

    /** Prefills what is left of all prompts in steps of at most {@code maxTokens} tokens, and appends the first new id of each of those. */
    public void prefill(int maxTokens) {
        var chunks = new ArrayList<Chunk>();
        var finishing = new ArrayList<Integer>();
        int budget = maxTokens;
        for (int i = 0; i < reqs.size(); i++) {
            var req = reqs.get(i);
            while (req.unprefilled() > 0) {
                int count = req.uncut(Math.min(budget, req.unprefilled()));
                chunks.add(req.advance(count));
                finishing.add(req.unprefilled() == 0 ? i : -1);
                budget -= count;
                if (budget <= 0) {
                    prefillStep(chunks, finishing);
                    budget = maxTokens;
                }
            }
        }
        if (!chunks.isEmpty()) {
            prefillStep(chunks, finishing);
        }
    }

    /** One decode step for the prompts numbered in {@code running}: each gets one more id. */
    public void decode(List<Integer> running) {
        append(runner.argmax(decodeLogits(running)), running);
    }

    /** The logits of one decode step, which appends nothing. */
    public LogitsOutput decodeLogits(List<Integer> running) {
        var chunks = new ArrayList<Chunk>(running.size());
        for (int i : running) {
            chunks.add(reqs.get(i).advance(1));
        }
        return runner.forward(ForwardMode.DECODE, chunks);
    }

    /** Appends to each prompt the likeliest id by its row of {@code logits}. */
    public void appendArgmax(LogitsOutput logits) {
        int[] ids = runner.argmax(logits);
        for (int i = 0; i < ids.length; i++) {
            reqs.get(i).append(ids[i]);
        }
    }

    /** Gives pages and rows back. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            reqs.forEach(req -> {
                runner.pages().release(req.pages());
                runner.reqToToken().release(req.row());
            });
        }
    }

    private void prefillStep(List<Chunk> chunks, List<Integer> finishing) {
        append(runner.argmax(runner.forward(ForwardMode.EXTEND, chunks)), finishing);
        chunks.clear();
        finishing.clear();
    }

    private void append(int[] ids, List<Integer> rows) {
        for (int row = 0; row < ids.length; row++) {
            if (rows.get(row) >= 0) {
                reqs.get(rows.get(row)).append(ids[row]);
            }
        }
    }

    private void check(int index, int[] prompt, int maxNewTokens) {
        if (prompt.length == 0) {
            throw new RequestException("prompt " + index + " is empty; it must have at least one token");
        }
        if ((long) prompt.length + maxNewTokens > runner.contextLength()) {
            throw new RequestException("prompt " + index + " has " + prompt.length + " tokens and shall get up to " + maxNewTokens
                    + " more; together they must not exceed the context length of " + runner.contextLength());
        }
        for (int id : prompt) {
            if (id < 0 || id >= runner.config().vocabSize()) {
                throw new RequestException("prompt " + index + " has the token id " + id + "; the model's vocabulary has ids 0 to "
                        + (runner.config().vocabSize() - 1));
            }
        }
    }
}
