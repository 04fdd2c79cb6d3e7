package io.gatun.server.bench;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.gatun.runtime.engine.EngineStats;
import io.gatun.runtime.engine.GenerationResult;
import java.util.List;
import java.util.Locale;

/**
 * What an offline run came to. Tokens of the cache count as input, as they do in SGLang.
 *
 * @param failedRequests of those sent
 * @param duration seconds
 * @param cachedInputTokens input that the prefix cache had
 * @param decodeDeviceShare the share of those steps in which the device was at work, from 0 to 1; 0 on the CPU
 * @param decodeThroughput output tokens a second, over the steps in which nothing was prefilled
 */
@JsonNaming(SnakeCaseStrategy.class)
record ThroughputResult(int successfulRequests, int failedRequests, double duration, long totalInputTokens, long cachedInputTokens, long totalOutputTokens,
        double requestThroughput, double inputThroughput, double outputThroughput, double totalThroughput, double decodeThroughput,
        double decodeDeviceShare, double lastGenThroughput) {

    static ThroughputResult of(List<GenerationResult> results, int sent, double seconds, EngineStats before, EngineStats after) {
        long input = results.stream().mapToLong(GenerationResult::promptTokens).sum();
        long cached = results.stream().mapToLong(GenerationResult::cachedTokens).sum();
        long output = results.stream().mapToLong(GenerationResult::completionTokens).sum();
        double decodeSeconds = Math.max(1e-9, after.decodeSeconds() - before.decodeSeconds());
        double decode = (after.decodeTokens() - before.decodeTokens()) / decodeSeconds;
        double device = (after.decodeDeviceSeconds() - before.decodeDeviceSeconds()) / decodeSeconds;
        return new ThroughputResult(results.size(), sent - results.size(), seconds, input, cached, output, results.size() / seconds, input / seconds,
                output / seconds, (input + output) / seconds, decode, device, after.lastGenThroughput());
    }

    /** SGLang's table, with two lines more. */
    String table() {
        var table = new StringBuilder("\n====== Offline Throughput Benchmark Result =======\n");
        line(table, "Backend:", "engine");
        line(table, "Successful requests:", successfulRequests);
        if (failedRequests > 0) {
            line(table, "Failed requests:", failedRequests);
        }
        line(table, "Benchmark duration (s):", duration);
        line(table, "Total input tokens:", totalInputTokens);
        line(table, "Cached input tokens:", cachedInputTokens);
        line(table, "Total generated tokens:", totalOutputTokens);
        line(table, "Last generation throughput (tok/s):", lastGenThroughput);
        line(table, "Decode throughput (tok/s):", decodeThroughput);
        if (decodeDeviceShare > 0) {
            line(table, "Device at work while decoding (%):", 100 * decodeDeviceShare);
        }
        line(table, "Request throughput (req/s):", requestThroughput);
        line(table, "Input token throughput (tok/s):", inputThroughput);
        line(table, "Output token throughput (tok/s):", outputThroughput);
        line(table, "Total token throughput (tok/s):", totalThroughput);
        return table.append("==================================================\n").toString();
    }

    private static void line(StringBuilder table, String name, Object value) {
        table.append(String.format(Locale.ROOT, value instanceof Double ? "%-40s %-10.2f%n" : "%-40s %-10s%n", name, value));
    }
}
