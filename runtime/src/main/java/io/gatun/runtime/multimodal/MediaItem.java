package io.gatun.runtime.multimodal;

/**
 * A picture in a prompt.
 *
 * @param span where it stands
 * @param key what its embeddings are cached by
 * @param content what they are made from
 */
public record MediaItem(MediaSpan span, MediaKey key, MediaContent content) {
}
