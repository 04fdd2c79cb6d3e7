package io.gatun.runtime.tokenizer;

/** A tokenizer file that cannot be read or asks for what is not supported: the message names file, place and what would be right. */
public final class TokenizerException extends RuntimeException {
    TokenizerException(String message) {
        super(message);
    }

    TokenizerException(String message, Throwable cause) {
        super(message, cause);
    }
}
