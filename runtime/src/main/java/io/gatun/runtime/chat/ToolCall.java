package io.gatun.runtime.chat;

/**
 * A call of a tool that an answer asks for.
 *
 * @param id what the tool's result refers to
 * @param name the tool
 * @param arguments a JSON object, as the model wrote it
 */
public record ToolCall(String id, String name, String arguments) {
}
