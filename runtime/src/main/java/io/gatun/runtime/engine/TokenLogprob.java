package io.gatun.runtime.engine;

import java.util.List;
import java.util.OptionalDouble;

/**
 * How likely the model held a token to be, in its own words: log softmax of the raw logits, before temperature, penalties and bias.
 *
 * @param id the token
 * @param logprob natural logarithm of its probability; empty for the first token of a prompt, which nothing foretells
 * @param top the likeliest tokens at that place, most likely first; empty unless asked for
 */
public record TokenLogprob(int id, OptionalDouble logprob, List<Candidate> top) {

    /** A token that could have stood there. */
    public record Candidate(int id, double logprob) {
    }
}
