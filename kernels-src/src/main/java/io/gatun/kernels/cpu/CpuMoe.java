package io.gatun.kernels.cpu;

import io.gatun.kernels.ExpertWeights;
import io.gatun.kernels.MoeKernels;
import io.gatun.kernels.Routing;
import io.gatun.memory.Tensor;
import java.util.Arrays;
import java.util.Optional;

/** Tokens are sorted by expert, so that those of one expert share its weights; threads divide the features of all experts that have tokens. */
final class CpuMoe implements MoeKernels {
    /** Tokens whose rows are kept as floats, once for each of their experts. */
    private static final int TOKENS = 256;

    private final Rows rows;
    private final WorkerPool pool;
    private final Scratch scratch;
    private final Panels panels;
    private final Gate gate;
    private final CpuRouter router;
    private final WorkerPool.RangeTask gatherRows = this::gatherRows;
    private final WorkerPool.RangeTask gateUpFeatures = this::gateUpFeatures;
    private final WorkerPool.RangeTask downFeatures = this::downFeatures;
    private final WorkerPool.RangeTask sumRows = this::sumRows;
    private Tensor x;
    private Tensor weights;
    private Tensor out;
    private ExpertWeights experts;
    private int firstToken;
    private int topK;
    /** By expert, where its pairs of token and rank begin among the sorted ones. */
    private int[] starts = {};
    private int[] sorted = {};
    /** The experts that have tokens. */
    private int[] active = {};
    /** A row of x for each sorted pair, in whose place the outputs by pair come later; then the activations of each sorted pair. */
    private float[] floats;
    private int activationsAt;

    CpuMoe(Lanes lanes, Rows rows, WorkerPool pool, Scratch scratch) {
        this.rows = rows;
        this.pool = pool;
        this.scratch = scratch;
        this.panels = new Panels(lanes, scratch);
        this.gate = new Gate(lanes);
        this.router = new CpuRouter(rows, pool, scratch);
    }

    @Override
    public void route(Tensor logits, Optional<Tensor> bias, Routing routing, Tensor ids, Tensor weights) {
        router.route(logits, bias, routing, ids, weights);
    }

    @Override
    public void experts(Tensor x, Tensor ids, Tensor weights, ExpertWeights experts, Tensor out) {
        Require.cols("experts", "x", x, experts.hidden());
        Require.cols("experts", "out", out, experts.hidden());
        Require.rows("experts", "out", out, x.rows());
        Require.rows("experts", "ids", ids, x.rows());
        Require.indices("experts", "ids", ids, x.rows() * ids.cols());
        Require.rows("experts", "weights", weights, x.rows());
        Require.cols("experts", "weights", weights, ids.cols());
        this.x = x;
        this.weights = weights;
        this.experts = experts;
        this.out = out;
        topK = ids.cols();
        for (firstToken = 0; firstToken < x.rows(); firstToken += TOKENS) {
            run(ids, Math.min(TOKENS, x.rows() - firstToken));
        }
    }

    @Override
    public void addShared(Tensor x, Optional<Tensor> gate, Tensor out) {
        int hidden = x.cols();
        Require.cols("addShared", "out", out, hidden);
        Require.rows("addShared", "out", out, x.rows());
        float[] own = scratch.own(0, 2 * hidden + 1);
        for (int t = 0; t < x.rows(); t++) {
            rows.read(x, t, 0, hidden, own, 0);
            rows.read(out, t, 0, hidden, own, hidden);
            float factor = 1;
            if (gate.isPresent()) {
                rows.readFlat(gate.get(), t, 1, own, 2 * hidden);
                factor = 1 / (1 + (float) Math.exp(-own[2 * hidden]));
            }
            for (int i = 0; i < hidden; i++) {
                own[i] = own[hidden + i] + factor * own[i];
            }
            rows.write(own, 0, hidden, out, t, 0);
        }
    }

    private void run(Tensor ids, int tokens) {
        int hidden = experts.hidden();
        int intermediate = experts.intermediate();
        int pairs = tokens * topK;
        int activeCount = sort(ids, pairs);
        activationsAt = Math.multiplyExact(pairs, hidden);
        floats = scratch.shared(Math.addExact(activationsAt, Math.multiplyExact(pairs, intermediate)));
        long products = (long) pairs * hidden * intermediate;
        pool.run((long) pairs * hidden, pairs, 1, gatherRows);
        pool.run(2 * products, activeCount * intermediate, 4, gateUpFeatures);
        pool.run(products, activeCount * hidden, 4, downFeatures);
        pool.run((long) pairs * hidden, tokens, 1, sumRows);
    }

    /** Sorts the pairs by expert. Returns how many experts have any. */
    private int sort(Tensor ids, int pairs) {
        int count = experts.experts();
        if (sorted.length < pairs) {
            sorted = new int[pairs];
        }
        if (starts.length < count + 2) {
            starts = new int[count + 2];
            active = new int[count];
        }
        Arrays.fill(starts, 0);
        for (int pair = 0; pair < pairs; pair++) {
            starts[expertOf(ids, pair) + 2]++;
        }
        int activeCount = 0;
        for (int e = 0; e < count; e++) {
            if (starts[e + 2] > 0) {
                active[activeCount++] = e;
            }
            starts[e + 2] += starts[e + 1];
        }
        for (int pair = 0; pair < pairs; pair++) {
            sorted[starts[expertOf(ids, pair) + 1]++] = pair;
        }
        return activeCount;
    }

    private int expertOf(Tensor ids, int pair) {
        return Require.index("experts", "expert", Rows.intAt(ids, (long) firstToken * topK + pair), experts.experts());
    }

    private void gatherRows(int from, int to, int thread) {
        int hidden = experts.hidden();
        for (int i = from; i < to; i++) {
            rows.read(x, firstToken + sorted[i] / topK, 0, hidden, floats, i * hidden);
        }
    }

    private void gateUpFeatures(int from, int to, int thread) {
        int n = experts.intermediate();
        int step = Math.max(2, Panels.rows(experts.hidden()) / 2);
        for (int at = from, count; at < to; at += count) {
            count = Math.min(Math.min(step, to - at), n - at % n);
            gateUp(active[at / n], at % n, count, thread);
        }
    }

    /** Features {@code feature} to {@code feature + n} of one expert, for all its tokens. */
    private void gateUp(int expert, int feature, int n, int thread) {
        int hidden = experts.hidden();
        int intermediate = experts.intermediate();
        int first = starts[expert];
        int m = starts[expert + 1] - first;
        int stride = 4 * n;
        float[] own = scratch.own(thread, (m + 1) * stride);
        boolean interleaved = experts.activation().interleaved();
        long row = 2L * expert * intermediate + (interleaved ? 2 * feature : feature);
        if (interleaved) {
            panels.products(floats, first * hidden, m, experts.gateUp(), row, 2 * n, hidden, thread, own, 2 * n, stride);
        } else {
            panels.products(floats, first * hidden, m, experts.gateUp(), row, n, hidden, thread, own, 0, stride);
            panels.products(floats, first * hidden, m, experts.gateUp(), row + intermediate, n, hidden, thread, own, n, stride);
        }
        int biasAt = m * stride;
        if (experts.gateUpBias().isEmpty()) {
            Arrays.fill(own, biasAt, biasAt + stride, 0);
        } else if (interleaved) {
            rows.readFlat(experts.gateUpBias().get(), row, 2 * n, own, biasAt + 2 * n);
        } else {
            rows.readFlat(experts.gateUpBias().get(), row, n, own, biasAt);
            rows.readFlat(experts.gateUpBias().get(), row + intermediate, n, own, biasAt + n);
        }
        for (int i = 0; i <= m && interleaved; i++) {
            for (int j = 0; j < n; j++) {
                own[i * stride + j] = own[i * stride + 2 * n + 2 * j];
                own[i * stride + n + j] = own[i * stride + 2 * n + 2 * j + 1];
            }
        }
        for (int i = 0; i < m; i++) {
            int at = i * stride;
            for (int j = 0; j < 2 * n; j++) {
                own[at + j] += own[biasAt + j];
            }
            Rows.round(x.dtype(), own, at, 2 * n);
            gate.apply(experts.activation(), x.dtype(), own, at, at + n, at + 2 * n, n);
            Rows.round(x.dtype(), own, at, n);
            System.arraycopy(own, at, floats, activationsAt + (first + i) * intermediate + feature, n);
        }
    }

    private void downFeatures(int from, int to, int thread) {
        int n = experts.hidden();
        int step = Panels.rows(experts.intermediate());
        for (int at = from, count; at < to; at += count) {
            count = Math.min(Math.min(step, to - at), n - at % n);
            down(active[at / n], at % n, count, thread);
        }
    }

    private void down(int expert, int feature, int n, int thread) {
        int hidden = experts.hidden();
        int intermediate = experts.intermediate();
        int first = starts[expert];
        int m = starts[expert + 1] - first;
        float[] own = scratch.own(thread, (m + 1) * n);
        long row = (long) expert * hidden + feature;
        panels.products(floats, activationsAt + first * intermediate, m, experts.down(), row, n, intermediate, thread, own, 0, n);
        if (experts.downBias().isPresent()) {
            rows.readFlat(experts.downBias().get(), row, n, own, m * n);
            for (int i = 0; i < m * n; i++) {
                own[i] += own[m * n + i % n];
            }
        }
        Rows.round(x.dtype(), own, 0, m * n);
        for (int i = 0; i < m; i++) {
            System.arraycopy(own, i * n, floats, sorted[first + i] * hidden + feature, n);
        }
    }

    private void sumRows(int from, int to, int thread) {
        int hidden = experts.hidden();
        float[] sum = scratch.own(thread, hidden);
        for (int t = from; t < to; t++) {
            Arrays.fill(sum, 0, hidden, 0);
            for (int rank = 0; rank < topK; rank++) {
                float weight = Rows.floatAt(weights, (long) (firstToken + t) * topK + rank);
                int at = (t * topK + rank) * hidden;
                for (int i = 0; i < hidden; i++) {
                    sum[i] += weight * floats[at + i];
                }
            }
            rows.write(sum, 0, hidden, out, firstToken + t, 0);
        }
    }
}
