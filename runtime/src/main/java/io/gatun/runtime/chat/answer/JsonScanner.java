package io.gatun.runtime.chat.answer;

/** Reads a JSON object (RFC 8259) character by character and tells at once where it is none. */
final class JsonScanner {
    private static final String HEX = "0123456789abcdefABCDEF";

    /** What a character meant. */
    enum Event {
        NONE,
        /** A key is complete. */
        KEY,
        /** A string that is a value is complete. */
        STRING,
        /** An object or array begins. */
        OPEN,
        /** An object or array ends. */
        CLOSE
    }

    private enum State {
        START, VALUE, FIRST_ELEMENT, FIRST_KEY, KEY, COLON, AFTER_VALUE, STRING, ESCAPE, HEX_DIGITS, LITERAL, MINUS, ZERO, INTEGER, POINT, FRACTION, EXPONENT,
        EXPONENT_SIGN, EXPONENT_DIGITS, END
    }

    private final StringBuilder open = new StringBuilder();
    private final StringBuilder string = new StringBuilder();
    private State state = State.START;
    private Event event = Event.NONE;
    private boolean isKey;
    private int hexDigits;
    private String literal = "";

    /** Takes the next character; false, with nothing changed, if no object goes on like that. */
    boolean push(char c) {
        event = Event.NONE;
        return switch (state) {
            case START -> c == '{' && open(c);
            case VALUE -> isSpace(c) || value(c);
            case FIRST_ELEMENT -> isSpace(c) || (c == ']' ? close(c) : value(c));
            case FIRST_KEY -> isSpace(c) || (c == '}' ? close(c) : c == '"' && string(true));
            case KEY -> isSpace(c) || c == '"' && string(true);
            case COLON -> isSpace(c) || c == ':' && go(State.VALUE);
            case AFTER_VALUE -> isSpace(c) || afterValue(c);
            case STRING -> inString(c);
            case ESCAPE -> escape(c);
            case HEX_DIGITS -> HEX.indexOf(c) >= 0 && part(c) && (--hexDigits > 0 || go(State.STRING));
            case LITERAL -> c == literal.charAt(0) && literal(literal.substring(1));
            case MINUS -> c == '0' ? go(State.ZERO) : isDigit(c) && go(State.INTEGER);
            case ZERO -> c == '.' ? go(State.POINT) : isExponent(c) ? go(State.EXPONENT) : isSpace(c) && go(State.AFTER_VALUE) || afterValue(c);
            case INTEGER -> isDigit(c)
                    || (c == '.' ? go(State.POINT) : isExponent(c) ? go(State.EXPONENT) : isSpace(c) && go(State.AFTER_VALUE) || afterValue(c));
            case POINT -> isDigit(c) && go(State.FRACTION);
            case FRACTION -> isDigit(c) || (isExponent(c) ? go(State.EXPONENT) : isSpace(c) && go(State.AFTER_VALUE) || afterValue(c));
            case EXPONENT -> c == '+' || c == '-' ? go(State.EXPONENT_SIGN) : isDigit(c) && go(State.EXPONENT_DIGITS);
            case EXPONENT_SIGN -> isDigit(c) && go(State.EXPONENT_DIGITS);
            case EXPONENT_DIGITS -> isDigit(c) || isSpace(c) && go(State.AFTER_VALUE) || afterValue(c);
            case END -> false;
        };
    }

    /** What the last character meant. */
    Event event() {
        return event;
    }

    /** How many objects and arrays are open. */
    int depth() {
        return open.length();
    }

    boolean isEnd() {
        return state == State.END;
    }

    /** The last string of the outermost object that is complete, as it was written between its quotes. */
    String string() {
        return string.toString();
    }

    private boolean value(char c) {
        return switch (c) {
            case '{', '[' -> open(c);
            case '"' -> string(false);
            case 't' -> literal("rue");
            case 'f' -> literal("alse");
            case 'n' -> literal("ull");
            case '-' -> go(State.MINUS);
            case '0' -> go(State.ZERO);
            default -> isDigit(c) && go(State.INTEGER);
        };
    }

    private boolean afterValue(char c) {
        boolean inObject = open.charAt(open.length() - 1) == '{';
        return c == ',' ? go(inObject ? State.KEY : State.VALUE) : c == (inObject ? '}' : ']') && close(c);
    }

    private boolean open(char c) {
        open.append(c);
        event = Event.OPEN;
        return go(c == '{' ? State.FIRST_KEY : State.FIRST_ELEMENT);
    }

    private boolean close(char c) {
        open.setLength(open.length() - 1);
        event = Event.CLOSE;
        return go(open.isEmpty() ? State.END : State.AFTER_VALUE);
    }

    private boolean string(boolean key) {
        isKey = key;
        if (depth() == 1) {
            string.setLength(0);
        }
        return go(State.STRING);
    }

    private boolean inString(char c) {
        if (c == '"') {
            event = isKey ? Event.KEY : Event.STRING;
            return go(isKey ? State.COLON : State.AFTER_VALUE);
        }
        return c >= ' ' && part(c) && (c != '\\' || go(State.ESCAPE));
    }

    private boolean escape(char c) {
        hexDigits = 4;
        return "\"\\/bfnrtu".indexOf(c) >= 0 && part(c) && go(c == 'u' ? State.HEX_DIGITS : State.STRING);
    }

    private boolean part(char c) {
        if (depth() == 1) {
            string.append(c);
        }
        return true;
    }

    private boolean literal(String rest) {
        literal = rest;
        return go(rest.isEmpty() ? State.AFTER_VALUE : State.LITERAL);
    }

    private boolean go(State next) {
        state = next;
        return true;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isExponent(char c) {
        return c == 'e' || c == 'E';
    }
}
