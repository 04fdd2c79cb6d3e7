package io.gatun.runtime.scheduler;

/**
 * How the scheduler goes about it; SGLang's server arguments.
 *
 * @param maxRunningRequests requests admitted at once
 * @param pageSize tokens in a page of the KV cache
 * @param chunkedPrefillSize the most tokens of prompts in a step
 * @param mixedChunk whether running requests decode in the steps of prompts
 * @param policy in which order requests are admitted
 * @param scheduleConservativeness more than 1 keeps more room for outputs, less than 1 less
 * @param overlap whether a step is launched before the results of the one before are handled
 * @param sharesPrefixes whether there is a prefix cache
 */
public record SchedulerOptions(int maxRunningRequests, int pageSize, int chunkedPrefillSize, boolean mixedChunk, SchedulePolicy policy,
        double scheduleConservativeness, boolean overlap, boolean sharesPrefixes) {
}
