package io.gatun.runtime.chat.answer;

import java.util.Optional;
import java.util.stream.Stream;

/**
 * Takes what a model thinks, between two markers at the beginning of its output, apart from what follows. White space beside the markers is layout and
 * left out.
 */
final class ReasoningStage implements Stage {
    private enum State {
        /** Nothing but white space and the beginning of the first marker came. */
        BEFORE,
        INSIDE,
        /** The thought is over and nothing but white space came. */
        BEHIND,
        ANSWER
    }

    private final Parts parts;
    private final Stage answer;
    private final String opening;
    private final Optional<String> callOpening;
    private final boolean startsInside;
    private final MarkerSearch ends;
    private final StringBuilder held = new StringBuilder();
    private State state = State.BEFORE;
    private boolean hasReasoning;

    /**
     * A stage for one output.
     *
     * @param callOpening begins a tool call and so ends a thought, too
     * @param startsInside whether the prompt, or the model's habit, opens the thought
     * @param answer reads what follows
     */
    ReasoningStage(String opening, String closing, Optional<String> callOpening, boolean startsInside, Parts parts, Stage answer) {
        this.opening = opening;
        this.callOpening = callOpening;
        this.startsInside = startsInside;
        this.parts = parts;
        this.answer = answer;
        this.ends = new MarkerSearch(Stream.concat(Stream.of(closing), callOpening.stream()).toList(), this::reason);
    }

    @Override
    public void push(char c) {
        switch (state) {
            case BEFORE -> before(c);
            case INSIDE -> ends.push(c).ifPresent(this::close);
            case BEHIND -> {
                if (!Character.isWhitespace(c)) {
                    state = State.ANSWER;
                    answer.push(c);
                }
            }
            case ANSWER -> answer.push(c);
        }
    }

    @Override
    public void end() {
        if (state == State.BEFORE) {
            leave();
        }
        if (state == State.INSIDE) {
            ends.end();
        }
        answer.end();
    }

    private void before(char c) {
        boolean isLeading = held.isEmpty() || Character.isWhitespace(held.charAt(held.length() - 1));
        held.append(c);
        if (isLeading && Character.isWhitespace(c)) {
            return;
        }
        var marker = held.toString().stripLeading();
        if (marker.equals(opening)) {
            state = State.INSIDE;
            held.setLength(0);
        } else if (!opening.startsWith(marker)) {
            leave();
        }
    }

    /** No marker opens a thought here. */
    private void leave() {
        var text = held.toString();
        held.setLength(0);
        state = startsInside ? State.INSIDE : State.ANSWER;
        pushAll(text);
    }

    private void reason(String text) {
        for (char c : text.toCharArray()) {
            held.append(c);
            if (!Character.isWhitespace(c)) {
                parts.reasoning(hasReasoning ? held : String.valueOf(c));
                held.setLength(0);
                hasReasoning = true;
            }
        }
    }

    private void close(String marker) {
        state = State.BEHIND;
        callOpening.filter(marker::equals).ifPresent(this::pushAll);
    }
}
