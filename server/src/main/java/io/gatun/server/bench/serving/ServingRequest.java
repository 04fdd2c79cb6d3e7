package io.gatun.server.bench.serving;

import java.util.List;

/**
 * One request of a workload.
 *
 * @param prompt what is sent
 * @param promptTokens as the client counts them, or estimates where it has no tokenizer; a server's own count goes before it
 * @param outputLen tokens to ask for
 * @param images as {@code data:} URIs
 */
record ServingRequest(Prompt prompt, int promptTokens, int outputLen, List<String> images) {

    /** What a request asks to continue. */
    sealed interface Prompt {

        /** A text. */
        record Text(String text) implements Prompt {
        }

        /** Token ids, for servers that take them. */
        record Ids(int[] ids) implements Prompt {
        }
    }

    ServingRequest withOutputLen(int len) {
        return new ServingRequest(prompt, promptTokens, len, images);
    }
}
