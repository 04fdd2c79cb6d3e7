package io.gatun.runtime.scheduler;

import java.util.Arrays;
import java.util.Optional;

/**
 * Rows of a step that go into embeddings.
 *
 * @param from the first row of each sum
 * @param to the row after its last
 * @param places by place in the batch, which of the sums is the request's, or -1
 */
record PooledRows(int[] from, int[] to, int[] places) {
    private static final int NONE = -1;

    /** Those of a batch, if there are any. */
    static Optional<PooledRows> of(StepBatch batch) {
        boolean any = false;
        for (int b = 0; b < batch.size() && !any; b++) {
            any = batch.reqs().get(b).pooling().isPresent();
        }
        return any ? Optional.of(collect(batch)).filter(rows -> rows.count() > 0) : Optional.empty();
    }

    int count() {
        return from.length;
    }

    private static PooledRows collect(StepBatch batch) {
        int[] from = new int[batch.size()];
        int[] to = new int[batch.size()];
        int[] places = new int[batch.size()];
        int count = 0;
        int row = 0;
        for (int b = 0; b < batch.size(); b++) {
            var req = batch.reqs().get(b);
            places[b] = NONE;
            if (req.pooling().isPresent()) {
                int end = row + req.length();
                boolean wanted = switch (req.pooling().get()) {
                    case LAST -> {
                        from[count] = end - 1;
                        to[count] = end;
                        yield req.prefixLen() + req.length() == req.promptLen();
                    }
                    case CLS -> {
                        from[count] = row;
                        to[count] = row + 1;
                        yield req.prefixLen() == 0;
                    }
                    case MEAN -> {
                        from[count] = row;
                        to[count] = end;
                        yield true;
                    }
                };
                places[b] = wanted ? count++ : NONE;
            }
            row += req.length();
        }
        return new PooledRows(Arrays.copyOf(from, count), Arrays.copyOf(to, count), places);
    }
}
