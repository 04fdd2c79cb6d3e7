package io.gatun.runtime.chat;

import java.util.List;

/** Tells reasoning and tool calls apart from the rest of one output's text, as it comes. */
public interface AnswerReader {
    /** Takes more of the text. */
    List<AnswerPart> push(String text);

    /** Takes the end of the text: gives what was held back. */
    List<AnswerPart> end();

    /** Takes everything as content. */
    static AnswerReader plain() {
        return new AnswerReader() {
            @Override
            public List<AnswerPart> push(String text) {
                return text.isEmpty() ? List.of() : List.of(new AnswerPart.Content(text));
            }

            @Override
            public List<AnswerPart> end() {
                return List.of();
            }
        };
    }
}
