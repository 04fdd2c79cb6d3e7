package io.gatun.server.eval;

import java.util.List;
import java.util.Optional;

/**
 * What a model answered.
 *
 * @param prompt what it was given, chat template applied
 * @param output what it generated, or the likeliest choice
 * @param answer what the output comes to; empty if it has no answer
 * @param outputTokens tokens that were generated for it
 * @param logprobs of each choice; empty where the answer was generated
 */
record Answer(Question question, String prompt, String output, Optional<String> answer, boolean correct, int outputTokens, List<Double> logprobs) {
}
