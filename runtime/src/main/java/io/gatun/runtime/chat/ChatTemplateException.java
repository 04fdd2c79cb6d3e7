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

    /** What the template says, without where it lies: for those who may not know. */
    public String reason() {
        return getCause() instanceof JinjaException jinja ? jinja.getMessage() : "the model's chat template cannot be used";
    }
}
