package io.gatun.runtime.chat;

/** A chat template that cannot be read, or that refuses a conversation; the message names the template and its line. */
public final class ChatTemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ChatTemplateException(String message) {
        super(message);
    }

    ChatTemplateException(String message, Throwable cause) {
        super(message, cause);
    }
}
