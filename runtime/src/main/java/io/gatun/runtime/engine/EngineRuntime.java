package io.gatun.runtime.engine;

import io.gatun.memory.CudaDevice;
import io.gatun.memory.Owner;
import io.gatun.runtime.cache.NoPrefixCache;
import io.gatun.runtime.cache.PrefixCache;
import io.gatun.runtime.cache.RadixCache;
import io.gatun.runtime.model.ModelRunner;
import io.gatun.runtime.scheduler.ModelStepRunner;
import io.gatun.runtime.scheduler.Scheduler;
import io.gatun.runtime.scheduler.SchedulerOptions;

/** A loaded model with its scheduler. One thread makes it, uses it and closes it. */
record EngineRuntime(ModelRunner runner, PrefixCache cache, Scheduler scheduler, Owner owner) implements AutoCloseable {

    static EngineRuntime load(EngineOptions options) {
        var owner = new Owner();
        try {
            var runner = owner.own(ModelRunner.load(options));
            var steps = owner.own(new ModelStepRunner(runner, runner.maxRunningRequests()));
            var cache = options.disableRadixCache() ? new NoPrefixCache(runner.pages(), runner.window()) : new RadixCache(runner.pages(), runner.window());
            boolean overlap = !options.disableOverlapSchedule().orElse(!(runner.device() instanceof CudaDevice));
            var schedulerOptions = new SchedulerOptions(runner.maxRunningRequests(), runner.kvPool().pageSize(), options.chunkedPrefillSize(), options.enableMixedChunk(),
                    options.schedulePolicy(), options.scheduleConservativeness(), overlap, !options.disableRadixCache());
            return new EngineRuntime(runner, cache, new Scheduler(schedulerOptions, cache, runner.reqToToken(), steps), owner);
        } catch (RuntimeException | Error e) {
            owner.close();
            throw e;
        }
    }

    /** The longest request that the cache can hold, in tokens. */
    long maxRequestTokens() {
        return scheduler.maxHeld() <= cache.totalTokens() ? runner.contextLength() : cache.totalTokens();
    }

    @Override
    public void close() {
        owner.close();
    }
}
