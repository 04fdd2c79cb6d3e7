package io.gatun.server.bench.serving;

import java.util.OptionalInt;

/**
 * What an event of a streamed answer, or a whole answer, says.
 *
 * @param text what is new
 * @param tokensSoFar of the output, this event's included, where every event says so
 * @param promptTokens the server's count
 * @param completionTokens the server's count
 * @param last whether it says that the output has ended
 */
record Delta(String text, OptionalInt tokensSoFar, OptionalInt promptTokens, OptionalInt completionTokens, boolean last) {
}
