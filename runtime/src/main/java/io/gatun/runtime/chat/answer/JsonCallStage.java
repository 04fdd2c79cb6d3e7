package io.gatun.runtime.chat.answer;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads calls written as JSON, one or several behind a marker or alone, and takes the rest as content. */
final class JsonCallStage implements Stage {
    private static final int LONGEST_HEADER = 512;
    /** A name in front of its arguments, as Mistral's models from 2025 write it. */
    private static final Pattern NAMED = Pattern.compile("\\s*([\\w.-]+)(?:\\[CALL_ID]\\w+)?(?:\\[ARGS])?\\s*\\{");

    /**
     * How calls are written.
     *
     * @param opening stands before calls; empty where nothing does
     * @param closing stands behind a call, and may be missing
     * @param separator stands between calls without a marker of their own
     * @param bare what a call, or the list of them, begins with where it needs no marker at the beginning of the text
     * @param isNamed whether a name may stand in front of its arguments
     */
    record Syntax(String opening, String closing, Optional<Character> separator, Optional<Character> bare, boolean isNamed) {
    }

    private enum State {
        CONTENT, BEGIN, NAME, CALL, BEHIND
    }

    private final Syntax syntax;
    private final CallSink sink;
    private final MarkerSearch opening;
    /** What was read since the last call or content, and is content if no call follows. */
    private final StringBuilder lead = new StringBuilder();
    private State state = State.CONTENT;
    private boolean isFirst = true;
    private boolean isBare;
    private boolean inArray;
    private int nameStart;
    private CallScan call;

    JsonCallStage(Syntax syntax, CallSink sink) {
        this.syntax = syntax;
        this.sink = sink;
        this.call = new JsonArguments(sink);
        this.opening = new MarkerSearch(syntax.opening().isEmpty() ? List.of() : List.of(syntax.opening()), sink::content);
    }

    @Override
    public void push(char c) {
        switch (state) {
            case CONTENT -> content(c);
            case BEGIN -> begin(c);
            case NAME -> name(c);
            case CALL -> call(c);
            case BEHIND -> behind(c);
        }
    }

    @Override
    public void end() {
        switch (state) {
            case CONTENT -> opening.end();
            case BEGIN, NAME -> sink.content(lead);
            case CALL -> call.abandon();
            case BEHIND -> {
                if (!isLayout()) {
                    sink.content(lead);
                }
            }
        }
        sink.end();
    }

    private void content(char c) {
        isBare = isFirst && syntax.bare().filter(bare -> bare == c).isPresent();
        isFirst &= Character.isWhitespace(c);
        if (isBare) {
            state = State.BEGIN;
            begin(c);
        } else {
            opening.push(c).ifPresent(marker -> {
                lead.append(marker);
                nameStart = marker.length();
                state = State.BEGIN;
            });
        }
    }

    private void begin(char c) {
        if (Character.isWhitespace(c)) {
            lead.append(c);
        } else if (c == '{') {
            start(new JsonCall(lead.toString(), sink, isBare), c);
        } else if (c == '[' && !inArray) {
            inArray = true;
            lead.append(c);
        } else if (syntax.isNamed() && !inArray && !isBare) {
            state = State.NAME;
            name(c);
        } else {
            giveUp(c);
        }
    }

    private void name(char c) {
        lead.append(c);
        var header = NAMED.matcher(lead).region(nameStart, lead.length());
        if (header.matches() && sink.knows(header.group(1))) {
            sink.begin(header.group(1));
            start(new JsonArguments(sink), c);
        } else if (header.matches() || !header.hitEnd() || lead.length() > LONGEST_HEADER) {
            lead.setLength(lead.length() - 1);
            giveUp(c);
        }
    }

    private void start(CallScan scan, char c) {
        call = scan;
        lead.setLength(0);
        state = State.CALL;
        call(c);
    }

    private void call(char c) {
        switch (call.push(c)) {
            case MORE -> { }
            case DONE -> state = call.isContent() && !inArray ? State.CONTENT : State.BEHIND;
            case BROKEN -> {
                call.abandon();
                giveUp(c);
            }
        }
    }

    private void behind(char c) {
        if (inArray) {
            behindElement(c);
        } else if (Character.isWhitespace(c) && isLayout()) {
            lead.append(c);
        } else if (isLayout() && syntax.separator().filter(separator -> separator == c).isPresent()) {
            lead.append(c);
            isBare = true;
            state = State.BEGIN;
        } else if (isLayout() && isBare && syntax.separator().isPresent() && c == '{') {
            state = State.BEGIN;
            begin(c);
        } else {
            closing(c);
        }
    }

    private void behindElement(char c) {
        if (Character.isWhitespace(c)) {
            lead.append(c);
        } else if (c == ',') {
            lead.append(c);
            state = State.BEGIN;
        } else if (c == ']') {
            inArray = false;
            if (call.isContent()) {
                giveUp(c);
            } else {
                lead.setLength(0);
            }
        } else {
            giveUp(c);
        }
    }

    /** Takes a character of the marker behind a call; where it is none, of what follows. */
    private void closing(char c) {
        lead.append(c);
        var marker = lead.toString().stripLeading();
        if (marker.equals(syntax.closing())) {
            lead.setLength(0);
            state = State.CONTENT;
        } else if (!syntax.closing().startsWith(marker)) {
            lead.setLength(lead.length() - 1);
            var text = lead.toString();
            lead.setLength(0);
            state = State.CONTENT;
            pushAll(text + c);
        }
    }

    /** What was read is no call; it is content, and so is what follows until the next marker. */
    private void giveUp(char c) {
        sink.content(lead);
        lead.setLength(0);
        inArray = false;
        state = State.CONTENT;
        content(c);
    }

    /** Whether nothing but white space stands behind a call; the marker that may follow has none in it. */
    private boolean isLayout() {
        return lead.isEmpty() || Character.isWhitespace(lead.charAt(lead.length() - 1));
    }
}
