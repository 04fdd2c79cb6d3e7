package io.gatun.server.http;

import io.gatun.runtime.engine.EngineStats;
import io.gatun.runtime.engine.GenerationResult;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.NamingConvention;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** What the server counts, under the names and with the meaning that SGLang gives them. */
public final class ServerMetrics {
    private static final double[] FIRST_TOKEN = {0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 8, 10, 20, 40, 60, 80, 100, 200, 400};
    private static final double[] BETWEEN_TOKENS = {0.002, 0.004, 0.006, 0.008, 0.010, 0.015, 0.020, 0.025, 0.030, 0.035, 0.040, 0.060, 0.080, 0.1, 0.2, 0.4,
        0.6, 0.8, 1, 2, 4, 6, 8};
    private static final double[] WHOLE_REQUEST = {0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 8, 10, 20, 40, 60, 80, 100, 200, 400, 600, 1200, 1800, 2400};
    private static final double[] QUEUE = {0.1, 0.2, 0.5, 1, 2, 3, 4, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 100, 200, 300, 400, 500, 600, 700, 800, 900,
        1000, 1200, 1400, 1600, 1800, 2000, 2500, 3000};

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Tags tags;
    private final Counter promptTokens;
    private final Counter generationTokens;
    private final Counter cachedTokens;
    private final Counter requests;
    private final Counter structuredRequests;
    private final Counter aborted;
    private final DistributionSummary firstToken;
    private final DistributionSummary betweenTokens;
    private final DistributionSummary wholeRequest;
    private final DistributionSummary queue;
    private volatile Optional<EngineStats> stats = Optional.empty();

    /** Metrics with the label {@code model_name}. */
    public ServerMetrics(String modelName) {
        registry.config().namingConvention(new AsGiven());
        tags = Tags.of("model_name", modelName);
        promptTokens = counter("prompt_tokens", "Tokens of prompts processed.");
        generationTokens = counter("generation_tokens", "Tokens generated.");
        cachedTokens = counter("cached_tokens", "Tokens of prompts that the prefix cache had.");
        requests = counter("num_requests", "Requests processed.");
        structuredRequests = counter("num_so_requests", "Requests with structured output processed.");
        aborted = counter("num_aborted_requests", "Requests aborted.");
        firstToken = histogram("time_to_first_token_seconds", "Time to the first token in seconds.", FIRST_TOKEN);
        betweenTokens = histogram("inter_token_latency_seconds", "Time between tokens in seconds.", BETWEEN_TOKENS);
        wholeRequest = histogram("e2e_request_latency_seconds", "Time from a request's arrival to its end in seconds.", WHOLE_REQUEST);
        queue = histogram("queue_time_seconds", "Time from a request's arrival to its first step in seconds.", QUEUE);
        gauge("num_running_reqs", "Requests that are worked on.", EngineStats::running);
        gauge("num_queue_reqs", "Requests that wait.", EngineStats::waiting);
        gauge("num_used_tokens", "Tokens of the KV cache that requests use.", all -> all.totalTokens() - all.availableTokens() - all.evictableTokens());
        gauge("max_total_num_tokens", "Tokens that the KV cache holds.", EngineStats::totalTokens);
        gauge("token_usage", "Share of the KV cache that requests use.", EngineStats::tokenUsage);
        gauge("cache_hit_rate", "Share of the prompts' tokens that the prefix cache had.", EngineStats::cacheHitRate);
        gauge("gen_throughput", "Tokens generated a second in the last steps; 0 when nothing runs.", all -> all.running() == 0 ? 0 : all.lastGenThroughput());
        gauge("num_retracted_reqs", "How often a request lost its cache to others.", EngineStats::retractions);
    }

    /** All metrics in Prometheus's text format. */
    public String scrape(Optional<EngineStats> now) {
        stats = now;
        return registry.scrape();
    }

    /** An output has ended. */
    public void ended(GenerationResult result, boolean structured, boolean first) {
        if (first) {
            promptTokens.increment(result.promptTokens());
            requests.increment();
            if (structured) {
                structuredRequests.increment();
            }
        }
        generationTokens.increment(result.completionTokens());
        cachedTokens.increment(first ? result.cachedTokens() : 0);
        wholeRequest.record(result.stats().seconds());
        queue.record(result.stats().queueSeconds());
        if (result.completionTokens() > 0) {
            firstToken.record(result.stats().firstTokenSeconds());
        }
        if (result.finishReason().type().equals("abort")) {
            aborted.increment();
        }
    }

    /** An output of which only the end was waited for has ended: its tokens are taken to have come evenly. */
    public void evenly(GenerationResult result) {
        between(result.stats().seconds() - result.stats().firstTokenSeconds(), result.completionTokens() - 1);
    }

    /** So many tokens came in so many seconds. */
    void between(double seconds, int tokens) {
        for (int i = 0; i < tokens; i++) {
            betweenTokens.record(Math.max(0, seconds) / tokens);
        }
    }

    /** Prompts were embedded or scored. */
    public void pooled(int prompts, long tokens, double seconds) {
        requests.increment(prompts);
        promptTokens.increment(tokens);
        for (int i = 0; i < prompts; i++) {
            wholeRequest.record(seconds);
        }
    }

    /** A request was given up before its outputs ended. */
    public void aborted() {
        aborted.increment();
    }

    private Counter counter(String name, String what) {
        return Counter.builder("sglang:" + name + "_total").description(what).tags(tags).register(registry);
    }

    private DistributionSummary histogram(String name, String what, double[] buckets) {
        return DistributionSummary.builder("sglang:" + name).description(what).serviceLevelObjectives(buckets).tags(tags).register(registry);
    }

    private void gauge(String name, String what, ToDoubleFunction<EngineStats> value) {
        Gauge.builder("sglang:" + name, this, metrics -> metrics.stats.map(value::applyAsDouble).orElse(0.0)).description(what).tags(tags).register(registry);
    }

    /** Names as they are: SGLang's have a colon, which Micrometer would replace. */
    private static final class AsGiven implements NamingConvention {
        @Override
        public String name(String name, Meter.Type type, String baseUnit) {
            return name;
        }
    }
}
