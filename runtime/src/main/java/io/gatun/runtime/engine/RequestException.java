package io.gatun.runtime.engine;

/** A request cannot be served as it is; the message says what is wrong with it. Other requests are not affected. */
public final class RequestException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Problem problem;

    /** What of a request is wrong. */
    public enum Problem {
        /** The prompt or the conversation, or whatever has no word of its own here. */
        PROMPT,
        /** The prompt is longer than the model or its cache can hold. */
        CONTEXT_LENGTH,
        /** A picture or a video. */
        MEDIA,
        LOGIT_BIAS,
        STOP_TOKEN_IDS,
        /** What the text must be: the schema, the expression or the rules. */
        GRAMMAR,
        /** The tools, or the choice among them. */
        TOOL_CHOICE,
        /** Its id is that of a request that runs. */
        ID,
        /** The model does not do this: it has no tokenizer, no chat template, no classes, or no next token. */
        UNSUPPORTED,
        /** As many requests wait as may; it may be sent again later. */
        QUEUE_FULL,
        /** Whoever waited for it was interrupted, or it was aborted. */
        ABORTED
    }

    public RequestException(String message) {
        this(Problem.PROMPT, message);
    }

    public RequestException(String message, Throwable cause) {
        this(Problem.PROMPT, message, cause);
    }

    public RequestException(Problem problem, String message) {
        super(message);
        this.problem = problem;
    }

    public RequestException(Problem problem, String message, Throwable cause) {
        super(message, cause);
        this.problem = problem;
    }

    /** What of the request is wrong. */
    public Problem problem() {
        return problem;
    }
}
