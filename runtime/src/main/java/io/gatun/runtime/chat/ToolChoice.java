package io.gatun.runtime.chat;

/** Which tools an answer calls (OpenAI's {@code tool_choice}). */
public sealed interface ToolChoice {
    /** As the model decides. */
    ToolChoice AUTO = new Auto();
    /** None. */
    ToolChoice NONE = new None();
    /** At least one. */
    ToolChoice REQUIRED = new Required();

    /** See {@link #AUTO}. */
    record Auto() implements ToolChoice {
    }

    /** See {@link #NONE}. */
    record None() implements ToolChoice {
    }

    /** See {@link #REQUIRED}. */
    record Required() implements ToolChoice {
    }

    /** The tool of this name. */
    record Named(String name) implements ToolChoice {
    }
}
