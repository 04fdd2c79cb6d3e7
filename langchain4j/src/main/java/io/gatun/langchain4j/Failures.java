package io.gatun.langchain4j;

import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import io.gatun.memory.OutOfMemoryException;
import io.gatun.runtime.chat.ChatTemplateException;
import io.gatun.runtime.engine.RequestException;
import io.gatun.runtime.multimodal.MediaException;

/** The engine's exceptions as LangChain4j's. */
final class Failures {
    private Failures() {
    }

    /** What LangChain4j calls it: a request's own fault, the device's, or neither. */
    static RuntimeException of(RuntimeException e) {
        return switch (e) {
            case LangChain4jException known -> known;
            case RequestException interrupted when Thread.currentThread().isInterrupted() -> new LangChain4jException(interrupted);
            case RequestException wrong -> new InvalidRequestException(wrong);
            case ChatTemplateException wrong -> new InvalidRequestException(wrong);
            case MediaException wrong -> new InvalidRequestException(wrong);
            case IllegalArgumentException wrong -> new InvalidRequestException(wrong);
            case OutOfMemoryException device -> new InternalServerException(device);
            default -> new LangChain4jException(e);
        };
    }
}
