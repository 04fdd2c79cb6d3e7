package io.gatun.runtime.chat.answer;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads calls written as tags, as Qwen3-Coder does: {@code <tool_call><function=name><parameter=key>value</parameter></function></tool_call>}. A
 * parameter becomes JSON, by the type that the tool gives it, once it is complete.
 */
final class XmlCallStage implements Stage {
    private static final int LONGEST_HEADER = 512;
    private static final String OPENING = "<tool_call>";
    private static final String CLOSING = "</tool_call>";
    private static final Pattern FUNCTION = Pattern.compile("\\s*<function=([^<>\\s]+)>");
    private static final Pattern FUNCTION_END = Pattern.compile("\\s*</function>");
    private static final Pattern PARAMETER = Pattern.compile("\\s*<parameter=([^<>]+)>");
    private static final String PARAMETER_END = "</parameter>";

    private enum State {
        CONTENT, FUNCTION, PARAMETERS, VALUE, BEHIND
    }

    private final CallSink sink;
    private final Map<String, ParameterTypes> tools;
    private final MarkerSearch opening;
    private final StringBuilder held = new StringBuilder();
    private State state = State.CONTENT;
    private String tool = "";
    private String parameter = "";
    private int valueStart;
    private boolean hasParameters;

    /** @param tools the types of each tool's parameters */
    XmlCallStage(CallSink sink, Map<String, ParameterTypes> tools) {
        this.sink = sink;
        this.tools = tools;
        this.opening = new MarkerSearch(List.of(OPENING), sink::content);
    }

    @Override
    public void push(char c) {
        if (state == State.CONTENT) {
            opening.push(c).ifPresent(marker -> go(State.FUNCTION));
            return;
        }
        boolean isLeading = held.isEmpty() || Character.isWhitespace(held.charAt(held.length() - 1));
        held.append(c);
        if (state != State.VALUE && isLeading && Character.isWhitespace(c)) {
            return;
        }
        switch (state) {
            case FUNCTION -> function();
            case PARAMETERS -> parameters();
            case VALUE -> value();
            case BEHIND -> behind();
            case CONTENT -> { }
        }
    }

    @Override
    public void end() {
        switch (state) {
            case CONTENT -> opening.end();
            case FUNCTION -> sink.content(OPENING + held);
            case PARAMETERS, VALUE, BEHIND -> {
                if (!held.toString().isBlank()) {
                    sink.content(held);
                }
            }
        }
        sink.end();
    }

    private void function() {
        var header = FUNCTION.matcher(held);
        boolean matches = header.matches();
        if (matches && sink.knows(header.group(1))) {
            tool = header.group(1);
            hasParameters = false;
            sink.begin(tool);
            go(State.PARAMETERS);
        } else if (matches || !header.hitEnd() || held.length() > LONGEST_HEADER) {
            sink.content(OPENING);
            leave();
        }
    }

    private void parameters() {
        var parameterTag = PARAMETER.matcher(held);
        var end = FUNCTION_END.matcher(held);
        if (parameterTag.matches()) {
            parameter = parameterTag.group(1);
            valueStart = held.length();
            state = State.VALUE;
        } else if (end.matches()) {
            sink.arguments(hasParameters ? "}" : "{}");
            go(State.BEHIND);
        } else if (!parameterTag.hitEnd() && !end.hitEnd()) {
            sink.arguments(hasParameters ? "}" : "{}");
            leave();
        }
    }

    private void value() {
        if (endsWith(PARAMETER_END)) {
            var value = held.substring(valueStart, held.length() - PARAMETER_END.length());
            var types = tools.getOrDefault(tool, ParameterTypes.NONE);
            sink.arguments((hasParameters ? ", " : "{") + ParameterTypes.quote(parameter) + ": " + types.toJson(parameter, withoutLineBreaks(value)));
            hasParameters = true;
            go(State.PARAMETERS);
        }
    }

    private void behind() {
        var marker = held.toString().stripLeading();
        if (marker.equals(CLOSING)) {
            go(State.CONTENT);
        } else if (!CLOSING.startsWith(marker)) {
            leave();
        }
    }

    private void go(State next) {
        held.setLength(0);
        state = next;
    }

    /** What is held is content, or the beginning of another call. */
    private void leave() {
        var text = held.toString();
        go(State.CONTENT);
        pushAll(text);
    }

    private boolean endsWith(String marker) {
        int start = held.length() - marker.length();
        return start >= valueStart && held.indexOf(marker, start) == start;
    }

    private static String withoutLineBreaks(String value) {
        var from = value.startsWith("\n") ? value.substring(1) : value;
        return from.endsWith("\n") ? from.substring(0, from.length() - 1) : from;
    }
}
