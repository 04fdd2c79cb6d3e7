package io.gatun.server.http;

import io.gatun.runtime.chat.ChatTemplateException;
import io.gatun.runtime.engine.RequestException;
import io.gatun.server.http.Cancellation.CancelledException;
import io.helidon.webserver.ServerConnectionException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** What a request is answered with when something goes wrong. */
final class Failures {
    private Failures() {
    }

    /**
     * The answer.
     *
     * @param promptField the field that the prompt came in
     * @return empty if it is nothing that a client may know the cause of, so that it must be looked into
     */
    static Optional<ApiException> explain(Throwable failure, String promptField) {
        return switch (failure) {
            case ApiException e -> Optional.of(e);
            case RequestException e -> Optional.of(explain(e, promptField));
            case ChatTemplateException e -> Optional.of(ApiException.invalid("messages", "the chat template refuses the conversation: " + e.reason()));
            case CancelledException e when e.reason() == Cancellation.Reason.TIMEOUT ->
                Optional.of(ApiException.timeout("the request took too long and was aborted"));
            case CancelledException e -> Optional.of(ApiException.unavailable("shutting_down", "the server is shutting down; the request was aborted"));
            default -> Optional.empty();
        };
    }

    /** Whether the client is no longer there to be told. */
    static boolean isGone(Throwable failure) {
        return failure instanceof CancelledException cancelled && cancelled.reason() == Cancellation.Reason.CLIENT_GONE
                || failure instanceof UncheckedIOException || failure instanceof IOException || failure instanceof ServerConnectionException;
    }

    private static ApiException explain(RequestException e, String promptField) {
        return switch (e.problem()) {
            case PROMPT, MEDIA -> ApiException.invalid(promptField, e.getMessage());
            case CONTEXT_LENGTH -> ApiException.invalid(promptField, "context_length_exceeded", e.getMessage());
            case LOGIT_BIAS -> ApiException.invalid("logit_bias", e.getMessage());
            case STOP_TOKEN_IDS -> ApiException.invalid("stop_token_ids", e.getMessage());
            case TOOL_CHOICE -> ApiException.invalid("tool_choice", e.getMessage());
            case GRAMMAR -> ApiException.invalid("response_format", e.getMessage());
            case ID -> ApiException.invalid("rid", e.getMessage());
            case UNSUPPORTED -> ApiException.invalid("model", e.getMessage());
            case QUEUE_FULL -> ApiException.queueFull(e.getMessage());
            case ABORTED -> ApiException.unavailable("aborted", e.getMessage());
        };
    }
}
