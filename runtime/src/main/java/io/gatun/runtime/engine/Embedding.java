package io.gatun.runtime.engine;

/**
 * What pooling made of a prompt.
 *
 * @param values the embedding, or the raw score of each class
 * @param promptTokens tokens of the prompt
 */
public record Embedding(float[] values, int promptTokens) {
}
