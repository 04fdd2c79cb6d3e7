package io.gatun.runtime.scheduler;

import io.gatun.kernels.PenaltyBatch;
import io.gatun.kernels.SamplingBatch;
import io.gatun.memory.DType;
import io.gatun.memory.Device;
import io.gatun.memory.Tensor;
import io.gatun.runtime.batch.StepBlock;
import java.util.List;

/** The sampling parameters of a step's requests, laid out in one block that goes to the device in one copy. */
final class SamplerInputs implements AutoCloseable {
    private static final int WORDS_PER_REQUEST = 12;
    private static final int SMALLEST_BIAS_ROOM = 1024;
    /** 256 bytes, so that each part is aligned like a tensor of its own. */
    private static final int ALIGNMENT = 64;

    private final Device device;
    private StepBlock block;
    private int used;
    private int size;
    private int temperature;
    private int topK;
    private int topP;
    private int minP;
    private int seeds;
    private int steps;
    private int slots;
    private int repetition;
    private int frequency;
    private int presence;
    private int biasStart;
    private int biasIds;
    private int biasValues;
    private int biases;

    SamplerInputs(Device device, int maxRequests) {
        this.device = device;
        block = new StepBlock(device, 0, WORDS_PER_REQUEST * (maxRequests + ALIGNMENT) + 2 * SMALLEST_BIAS_ROOM);
    }

    /** Lays out the parameters of {@code reqs} and sends them. */
    void send(List<Req> reqs) {
        size = reqs.size();
        int biasCount = 0;
        for (int b = 0; b < size; b++) {
            biasCount += biasCount(reqs.get(b));
        }
        layOut(biasCount);
        biases = 0;
        for (int b = 0; b < size; b++) {
            put(b, reqs.get(b));
        }
        block.set(biasStart + size, biases);
        block.send(used);
    }

    /** What {@code sample} takes. */
    SamplingBatch sampling() {
        return new SamplingBatch(floats(temperature, size), ints(topK, size), floats(topP, size), floats(minP, size),
                ints(seeds, 2 * size).as(DType.I64), ints(steps, size));
    }

    /** What {@code penalize} takes. */
    PenaltyBatch penalties(Tensor counts) {
        return new PenaltyBatch(counts, ints(slots, size), floats(repetition, size), floats(frequency, size), floats(presence, size),
                ints(biasStart, size + 1), ints(biasIds, biases), floats(biasValues, biases));
    }

    /** i32 [B]: where each request's tokens are counted, or -1. */
    Tensor slots() {
        return ints(slots, size);
    }

    @Override
    public void close() {
        block.close();
    }

    private void layOut(int biasCount) {
        used = 0;
        temperature = reserve(size);
        topK = reserve(size);
        topP = reserve(size);
        minP = reserve(size);
        seeds = reserve(2 * size);
        steps = reserve(size);
        slots = reserve(size);
        repetition = reserve(size);
        frequency = reserve(size);
        presence = reserve(size);
        biasStart = reserve(size + 1);
        biasIds = reserve(biasCount);
        biasValues = reserve(biasCount);
        if (!block.holds(0, used)) {
            block.close();
            block = new StepBlock(device, 0, 2 * used);
        }
        block.begin();
    }

    private void put(int b, Req req) {
        var params = req.params();
        block.set(temperature + b, params.isGreedy() ? 0 : (float) params.temperature());
        block.set(topK + b, params.topK());
        block.set(topP + b, (float) params.topP());
        block.set(minP + b, (float) params.minP());
        block.set(seeds + 2 * b, (int) req.seed());
        block.set(seeds + 2 * b + 1, (int) (req.seed() >>> Integer.SIZE));
        block.set(steps + b, req.samplingStep());
        block.set(slots + b, req.penaltySlot);
        block.set(repetition + b, (float) params.repetitionPenalty());
        block.set(frequency + b, (float) params.frequencyPenalty());
        block.set(presence + b, (float) params.presencePenalty());
        block.set(biasStart + b, biases);
        if (biasCount(req) > 0) {
            putBiases(req);
        }
    }

    private void putBiases(Req req) {
        req.params().logitBias().forEach(this::putBias);
        if (req.holdsStopsBack()) {
            for (int id : req.stop().stopIds()) {
                putBias(id, Float.NEGATIVE_INFINITY);
            }
        }
    }

    private void putBias(int id, float value) {
        block.set(biasIds + biases, id);
        block.set(biasValues + biases, value);
        biases++;
    }

    private static int biasCount(Req req) {
        return req.params().logitBias().size() + (req.holdsStopsBack() ? req.stop().stopIds().length : 0);
    }

    private Tensor ints(int from, int count) {
        return block.part(from, count);
    }

    private Tensor floats(int from, int count) {
        return block.part(from, count).as(DType.F32);
    }

    private int reserve(int count) {
        int at = used;
        used = Math.addExact(used, Math.addExact(count, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        return at;
    }
}
