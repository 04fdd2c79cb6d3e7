package io.gatun.runtime.chat;

import io.gatun.runtime.chat.jinja.JinjaException;

/** A chat template that cannot be read, or that refuses a conversation; the message names the template and its line. */
public final class ChatTemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ChatTemplateException(String message) {
        super(message);
    }

    ChatTemplateException(String message, Throwable cause) {
        super(message, cause);
    }

    /** What is wrong with the conversation, without where the template lies: for those who may not know. */
    public String reason() {
        return switch (getCause()) {
            case null -> getMessage();
            case JinjaException jinja -> jinja.getMessage();
            default -> "the model's chat template cannot be used";
        };
    }
}
