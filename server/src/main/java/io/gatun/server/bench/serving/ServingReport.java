package io.gatun.server.bench.serving;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/** Shows what a run came to: SGLang's table, and SGLang's names in JSON. */
final class ServingReport {
    private static final int WIDTH = 50;

    private ServingReport() {
    }

    static String table(ServingMetrics metrics, LoadPlan plan, String backend) {
        var table = new StringBuilder("\n");
        rule(table, " Serving Benchmark Result ", '=');
        line(table, "Backend:", backend);
        line(table, "Traffic request rate:", Double.isInfinite(plan.requestRate()) ? "inf" : plan.requestRate());
        line(table, "Max request concurrency:", plan.maxConcurrency().isPresent() ? plan.maxConcurrency().getAsInt() : "not set");
        line(table, "Successful requests:", metrics.completed());
        if (metrics.failed() > 0) {
            line(table, "Failed requests:", metrics.failed());
        }
        if (metrics.unfinished() > 0) {
            line(table, "Unfinished requests:", metrics.unfinished());
        }
        line(table, "Benchmark duration (s):", metrics.duration());
        line(table, "Total input tokens:", metrics.totalInput());
        line(table, "Total generated tokens:", metrics.totalOutput());
        metrics.retokenized().ifPresent(count -> line(table, "Total generated tokens (retokenized):", count));
        line(table, "Tokens counted by:", metrics.countedBy());
        line(table, "Request throughput (req/s):", metrics.requestThroughput());
        line(table, "Input token throughput (tok/s):", metrics.inputThroughput());
        line(table, "Output token throughput (tok/s):", metrics.outputThroughput());
        line(table, "Total token throughput (tok/s):", metrics.totalThroughput());
        line(table, "Concurrency:", metrics.concurrency());
        metrics.goodput().ifPresent(goodput -> {
            line(table, "Good requests:", metrics.goodRequests());
            line(table, "Request goodput (req/s):", goodput);
        });
        spread(table, "End-to-End Latency", "E2E Latency", metrics.e2e());
        spread(table, "Time to First Token", "TTFT", metrics.ttft());
        spread(table, "Time per Output Token (excl. 1st token)", "TPOT", metrics.tpot());
        spread(table, "Inter-Token Latency", "ITL", metrics.itl());
        line(table, "Max ITL (ms):", metrics.itl().max());
        rule(table, "", '=');
        return table.toString();
    }

    /** One line of the output file. */
    static ObjectNode json(ServingMetrics metrics, LoadPlan plan, String backend, String dataset) {
        var json = JsonNodeFactory.instance.objectNode().put("backend", backend).put("dataset_name", dataset);
        if (Double.isInfinite(plan.requestRate())) {
            json.put("request_rate", "inf");
        } else {
            json.put("request_rate", plan.requestRate());
        }
        json.put("max_concurrency", plan.maxConcurrency().isPresent() ? plan.maxConcurrency().getAsInt() : null);
        json.put("duration", metrics.duration()).put("completed", metrics.completed()).put("failed", metrics.failed()).put("unfinished", metrics.unfinished())
                .put("total_input_tokens", metrics.totalInput()).put("total_output_tokens", metrics.totalOutput()).put("tokens_counted_by",
                        metrics.countedBy());
        metrics.retokenized().ifPresent(count -> json.put("total_output_tokens_retokenized", count));
        json.put("request_throughput", metrics.requestThroughput()).put("input_throughput", metrics.inputThroughput())
                .put("output_throughput", metrics.outputThroughput()).put("total_throughput", metrics.totalThroughput())
                .put("concurrency", metrics.concurrency());
        metrics.goodput().ifPresent(goodput -> json.put("good_requests", metrics.goodRequests()).put("request_goodput", goodput));
        spread(json, "e2e_latency", metrics.e2e());
        spread(json, "ttft", metrics.ttft());
        spread(json, "tpot", metrics.tpot());
        spread(json, "itl", metrics.itl());
        return json.put("max_itl_ms", metrics.itl().max());
    }

    /** What each request gave, in the order of the workload. */
    static void addDetails(ObjectNode json, List<Outcome> outcomes, TokenCounter counter) {
        var inputLens = json.putArray("input_lens");
        var outputLens = json.putArray("output_lens");
        var ttfts = json.putArray("ttfts");
        var itls = json.putArray("itls");
        var texts = json.putArray("generated_texts");
        var errors = json.putArray("errors");
        for (var outcome : outcomes) {
            inputLens.add(counter.input(outcome));
            outputLens.add(outcome.succeeded() ? counter.output(outcome) : 0);
            ttfts.add(outcome.ttft().orElse(0));
            outcome.itl().forEach(itls.addArray()::add);
            texts.add(outcome.text());
            errors.add(outcome.error().orElse(""));
        }
    }

    private static void spread(StringBuilder table, String title, String name, Spread spread) {
        rule(table, title, '-');
        line(table, "Mean " + name + " (ms):", spread.mean());
        line(table, "Median " + name + " (ms):", spread.median());
        line(table, "Std " + name + " (ms):", spread.std());
        line(table, "P90 " + name + " (ms):", spread.percentile(90));
        line(table, "P99 " + name + " (ms):", spread.percentile(99));
    }

    private static void spread(ObjectNode json, String name, Spread spread) {
        json.put("mean_" + name + "_ms", spread.mean()).put("median_" + name + "_ms", spread.median()).put("std_" + name + "_ms", spread.std())
                .put("p90_" + name + "_ms", spread.percentile(90)).put("p95_" + name + "_ms", spread.percentile(95))
                .put("p99_" + name + "_ms", spread.percentile(99));
    }

    private static void line(StringBuilder table, String name, Object value) {
        table.append(String.format(Locale.ROOT, value instanceof Double ? "%-40s %-10.2f" : "%-40s %-10s", name, value).stripTrailing()).append('\n');
    }

    private static void rule(StringBuilder table, String title, char fill) {
        int left = (WIDTH - title.length()) / 2;
        table.append(String.valueOf(fill).repeat(left)).append(title).append(String.valueOf(fill).repeat(WIDTH - title.length() - left)).append('\n');
    }
}
