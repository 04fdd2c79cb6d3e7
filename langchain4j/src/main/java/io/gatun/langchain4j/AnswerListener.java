package io.gatun.langchain4j;

import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialToolCall;

/** Told of an answer as it comes. */
interface AnswerListener {
    /** Hears nothing. */
    AnswerListener NONE = new AnswerListener() {
        @Override
        public void text(PartialResponse part) {
        }

        @Override
        public void thinking(PartialThinking part) {
        }

        @Override
        public void toolCall(PartialToolCall part) {
        }

        @Override
        public void toolCall(CompleteToolCall call) {
        }
    };

    void text(PartialResponse part);

    void thinking(PartialThinking part);

    void toolCall(PartialToolCall part);

    void toolCall(CompleteToolCall call);
}
