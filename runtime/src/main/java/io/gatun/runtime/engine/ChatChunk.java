package io.gatun.runtime.engine;

import io.gatun.runtime.chat.AnswerPart;
import java.util.List;

/**
 * A piece of an answer as it comes.
 *
 * @param parts what is new; may be empty
 * @param generation what it was read from
 * @param endsInToolCalls whether this is the end of a complete answer that asks for tools, which is OpenAI's finish reason {@code tool_calls}
 */
public record ChatChunk(List<AnswerPart> parts, GenerationChunk generation, boolean endsInToolCalls) {
}
