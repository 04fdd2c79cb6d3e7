package io.gatun.runtime.chat.answer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A call written as a JSON object with a name and arguments. It is held back until its arguments begin; then they go on as they come, exactly as they are
 * written. What turns out to be no call of a known tool becomes content.
 */
final class JsonCall implements CallScan {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NAME = "name";
    private static final List<String> ARGUMENTS = List.of("arguments", "parameters");
    private static final Set<String> KEYS = Set.of(NAME, "arguments", "parameters", "type", "id");
    private static final String NO_ARGUMENTS = "{}";

    private enum Mode {
        HELD, CALL, CONTENT
    }

    private final CallSink sink;
    private final boolean mayBeAnswer;
    private final JsonScanner scanner = new JsonScanner();
    private final String lead;
    private final StringBuilder held = new StringBuilder();
    private Mode mode = Mode.HELD;
    private String key = "";
    private Optional<String> name = Optional.empty();
    private boolean inArguments;
    private int argumentsStart = -1;
    private int argumentsEnd = -1;

    /**
     * A call of which nothing came yet.
     *
     * @param lead what stands before it and is content where it is none
     * @param mayBeAnswer whether an object with other keys is the answer itself, which need not be held back
     */
    JsonCall(String lead, CallSink sink, boolean mayBeAnswer) {
        this.lead = lead;
        this.sink = sink;
        this.mayBeAnswer = mayBeAnswer;
    }

    @Override
    public Step push(char c) {
        if (!scanner.push(c)) {
            return Step.BROKEN;
        }
        keep(c);
        switch (scanner.event()) {
            case KEY -> key(scanner.depth());
            case STRING -> string(scanner.depth());
            case OPEN -> open(c);
            case CLOSE -> close();
            case NONE -> { }
        }
        if (scanner.isEnd() && mode == Mode.HELD) {
            finish();
        }
        return scanner.isEnd() ? Step.DONE : Step.MORE;
    }

    @Override
    public void abandon() {
        if (mode == Mode.HELD) {
            pass();
        }
    }

    @Override
    public boolean isContent() {
        return mode == Mode.CONTENT;
    }

    private void keep(char c) {
        switch (mode) {
            case HELD -> held.append(c);
            case CONTENT -> sink.content(c);
            case CALL -> {
                if (inArguments) {
                    sink.arguments(c);
                }
            }
        }
    }

    private void key(int depth) {
        if (depth == 1) {
            key = unescape(scanner.string());
            if (mode == Mode.HELD && mayBeAnswer && !KEYS.contains(key)) {
                pass();
            }
        }
    }

    private void string(int depth) {
        if (depth == 1 && mode == Mode.HELD && key.equals(NAME) && name.isEmpty()) {
            var found = unescape(scanner.string());
            if (!sink.knows(found)) {
                pass();
                return;
            }
            name = Optional.of(found);
            if (argumentsEnd >= 0) {
                begin(held.substring(argumentsStart, argumentsEnd));
            }
        }
    }

    private void open(char c) {
        if (scanner.depth() == 2 && c == '{' && mode == Mode.HELD && argumentsStart < 0 && ARGUMENTS.contains(key)) {
            argumentsStart = held.length() - 1;
            inArguments = true;
            if (name.isPresent()) {
                begin("{");
            }
        }
    }

    private void close() {
        if (inArguments && scanner.depth() == 1) {
            inArguments = false;
            argumentsEnd = held.length();
        }
    }

    private void begin(String arguments) {
        mode = Mode.CALL;
        held.setLength(0);
        sink.begin(name.orElseThrow());
        sink.arguments(arguments);
    }

    /** An object whose arguments never began: a call without any, or with an object inside a string, or none. */
    private void finish() {
        var arguments = arguments();
        if (name.isPresent() && arguments.isPresent()) {
            begin(arguments.get());
        } else {
            pass();
        }
    }

    private Optional<String> arguments() {
        var object = read(held.toString());
        var value = object.flatMap(found -> ARGUMENTS.stream().filter(found::has).findFirst().map(found::get));
        if (value.isEmpty() || value.get().isNull()) {
            return Optional.of(NO_ARGUMENTS);
        }
        return value.filter(JsonNode::isTextual).map(JsonNode::textValue).filter(text -> read(text).filter(JsonNode::isObject).isPresent());
    }

    private void pass() {
        mode = Mode.CONTENT;
        sink.content(lead);
        sink.content(held);
        held.setLength(0);
    }

    private static String unescape(String text) {
        return text.indexOf('\\') < 0 ? text : read('"' + text + '"').map(JsonNode::textValue).orElse(text);
    }

    private static Optional<JsonNode> read(String json) {
        try {
            return Optional.of(JSON.readTree(json));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }
}
