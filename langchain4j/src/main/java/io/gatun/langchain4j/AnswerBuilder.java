package io.gatun.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.output.TokenUsage;
import io.gatun.runtime.chat.AnswerPart;
import io.gatun.runtime.engine.FinishReason;
import io.gatun.runtime.engine.GenerationResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts an answer together from its parts, and passes them on. */
final class AnswerBuilder {
    private final String modelName;
    private final AnswerListener listener;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final List<ToolExecutionRequest> calls = new ArrayList<>();
    private Optional<OpenCall> open = Optional.empty();
    private Optional<GenerationResult> result = Optional.empty();

    AnswerBuilder(String modelName, AnswerListener listener) {
        this.modelName = modelName;
        this.listener = listener;
    }

    void add(AnswerPart part) {
        switch (part) {
            case AnswerPart.Content(var more) when !more.isEmpty() -> {
                text.append(more);
                listener.text(new PartialResponse(more));
            }
            case AnswerPart.Reasoning(var more) when !more.isEmpty() -> {
                thinking.append(more);
                listener.thinking(new PartialThinking(more));
            }
            case AnswerPart.ToolCallBegin begin -> {
                closeCall();
                open = Optional.of(new OpenCall(begin));
            }
            case AnswerPart.ToolCallArguments(int index, var json) -> open.orElseThrow().add(json);
            default -> { }
        }
    }

    void end(GenerationResult whole) {
        closeCall();
        result = Optional.of(whole);
    }

    /** @throws LangChain4jException if the answer was aborted */
    ChatResponse response() {
        var whole = result.orElseThrow(() -> new IllegalStateException("the answer has not ended"));
        if (whole.finishReason() instanceof FinishReason.Abort(var why)) {
            throw new LangChain4jException("request " + whole.id() + " was aborted: " + why);
        }
        var message = AiMessage.builder().text(text.isEmpty() && !calls.isEmpty() ? null : text.toString())
                .thinking(thinking.isEmpty() ? null : thinking.toString()).toolExecutionRequests(calls).build();
        return ChatResponse.builder().aiMessage(message).metadata(ChatResponseMetadata.builder().id(whole.id()).modelName(modelName)
                .tokenUsage(new TokenUsage(whole.promptTokens(), whole.completionTokens())).finishReason(finishReason(whole.finishReason())).build()).build();
    }

    private dev.langchain4j.model.output.FinishReason finishReason(FinishReason reason) {
        return switch (reason) {
            case FinishReason.Length() -> dev.langchain4j.model.output.FinishReason.LENGTH;
            case FinishReason.Stop stop when !calls.isEmpty() -> dev.langchain4j.model.output.FinishReason.TOOL_EXECUTION;
            case FinishReason.Stop stop -> dev.langchain4j.model.output.FinishReason.STOP;
            case FinishReason.Abort abort -> dev.langchain4j.model.output.FinishReason.OTHER;
        };
    }

    private void closeCall() {
        open.ifPresent(OpenCall::close);
        open = Optional.empty();
    }

    /** A call whose arguments are still coming. Blank pieces wait for the next, as no listener expects one, and so does a bare brace: {} comes in one piece. */
    private final class OpenCall {
        private final AnswerPart.ToolCallBegin begin;
        private final StringBuilder arguments = new StringBuilder();
        private String held = "";

        OpenCall(AnswerPart.ToolCallBegin begin) {
            this.begin = begin;
        }

        void add(String json) {
            held += json;
            if (!held.isBlank() && !(arguments.isEmpty() && held.strip().equals("{"))) {
                pass(held);
                held = "";
            }
        }

        void close() {
            if (!held.isBlank()) {
                pass(held);
            }
            if (arguments.isEmpty()) {
                pass("{}");
            }
            var request = ToolExecutionRequest.builder().id(begin.id()).name(begin.name()).arguments(arguments.toString()).build();
            calls.add(request);
            listener.toolCall(new CompleteToolCall(begin.index(), request));
        }

        private void pass(String piece) {
            arguments.append(piece);
            listener.toolCall(PartialToolCall.builder().index(begin.index()).id(begin.id()).name(begin.name()).partialArguments(piece).build());
        }
    }
}
