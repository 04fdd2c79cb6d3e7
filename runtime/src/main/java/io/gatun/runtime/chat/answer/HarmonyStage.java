package io.gatun.runtime.chat.answer;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Reads gpt-oss's channels: {@code <|channel|>analysis<|message|>…<|end|>} is what the model thinks, {@code final} the answer, {@code commentary} a call
 * where it is addressed to a function and else a word to the user.
 */
final class HarmonyStage implements Stage {
    static final List<String> MARKERS = List.of("<|start|>", "<|channel|>", "<|message|>", "<|constrain|>", "<|end|>", "<|call|>", "<|return|>");
    /** What a prompt ends with. */
    static final String ASSISTANT = "<|start|>assistant";
    /** Begins the answer itself. */
    static final String FINAL = "<|channel|>final<|message|>";
    private static final String MESSAGE = "<|message|>";
    private static final Pattern RECIPIENT = Pattern.compile("to=functions\\.([\\w.-]+)");
    private static final Pattern CHANNEL = Pattern.compile("<\\|channel\\|>\\s*(\\w+)");

    private enum Body {
        /** Between messages, where it is said what comes next. */
        HEADER, REASONING, CONTENT, ARGUMENTS
    }

    private final Parts parts;
    private final CallSink sink;
    private final MarkerSearch markers;
    private final StringBuilder header = new StringBuilder();
    private Body body = Body.HEADER;
    private boolean hasMarkers;

    HarmonyStage(Parts parts, CallSink sink) {
        this.parts = parts;
        this.sink = sink;
        this.markers = new MarkerSearch(MARKERS, this::text);
    }

    @Override
    public void push(char c) {
        markers.push(c).ifPresent(this::marker);
    }

    @Override
    public void end() {
        markers.end();
        if (!hasMarkers) {
            sink.content(header);
        }
        sink.end();
    }

    private void text(String text) {
        switch (body) {
            case HEADER -> header.append(text);
            case REASONING -> parts.reasoning(text);
            case CONTENT -> sink.content(text);
            case ARGUMENTS -> sink.arguments(text);
        }
    }

    private void marker(String marker) {
        hasMarkers = true;
        if (marker.equals(MESSAGE)) {
            open(header.toString());
        } else {
            body = Body.HEADER;
            header.append(marker);
        }
    }

    private void open(String text) {
        header.setLength(0);
        var recipient = RECIPIENT.matcher(text);
        var channel = CHANNEL.matcher(text);
        if (recipient.find() && sink.knows(recipient.group(1))) {
            sink.begin(recipient.group(1));
            body = Body.ARGUMENTS;
        } else {
            body = channel.find() && channel.group(1).equals("analysis") ? Body.REASONING : Body.CONTENT;
        }
    }
}
