package io.gatun.server;

import io.gatun.runtime.sampling.SamplingParams;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How commands continue texts; what is not given is as the model's generation_config.json has it. */
final class SamplingOptions {
    @Option(names = "--max-new-tokens", paramLabel = "N", description = "The most tokens to generate. Default: 128.")
    private Optional<Integer> maxNewTokens = Optional.empty();

    @Option(names = "--temperature", paramLabel = "F", description = "0 takes the likeliest token each time. Default: the model's own.")
    private Optional<Double> temperature = Optional.empty();

    @Option(names = "--top-p", paramLabel = "F", description = "Draw from the likeliest tokens that together have this probability.")
    private Optional<Double> topP = Optional.empty();

    @Option(names = "--top-k", paramLabel = "N", description = "Draw from so many likeliest tokens.")
    private Optional<Integer> topK = Optional.empty();

    @Option(names = "--min-p", paramLabel = "F", description = "Leave out tokens less likely than this share of the likeliest one's probability.")
    private Optional<Double> minP = Optional.empty();

    @Option(names = "--repetition-penalty", paramLabel = "F", description = "More than 1 makes tokens that occurred less likely.")
    private Optional<Double> repetitionPenalty = Optional.empty();

    @Option(names = "--stop", paramLabel = "TEXT", description = "End at this text; may be given several times.")
    private List<String> stop = List.of();

    @Option(names = "--seed", paramLabel = "N", description = "Draw the same tokens each time.")
    private Optional<Long> seed = Optional.empty();

    @Option(names = "--ignore-eos", description = "Go on after an end-of-sequence token.")
    private boolean ignoreEos;

    /** These over {@code defaults}. */
    SamplingParams over(SamplingParams defaults) {
        var params = defaults.toBuilder().stop(stop).ignoreEos(ignoreEos);
        maxNewTokens.ifPresent(params::maxNewTokens);
        temperature.ifPresent(params::temperature);
        topP.ifPresent(params::topP);
        topK.ifPresent(params::topK);
        minP.ifPresent(params::minP);
        repetitionPenalty.ifPresent(params::repetitionPenalty);
        seed.ifPresent(params::samplingSeed);
        try {
            return params.build();
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage());
        }
    }
}
