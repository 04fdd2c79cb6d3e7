package io.gatun.runtime.chat.jinja;

/**
 * A piece of a template.
 *
 * @param text text as it is, a name, an operator, the digits of a number, the characters that a string stands for, or what is wrong
 * @param line from 1 on
 */
record Token(Kind kind, String text, int line) {

    /** What a piece is. */
    enum Kind { DATA, BLOCK_BEGIN, BLOCK_END, VARIABLE_BEGIN, VARIABLE_END, NAME, STRING, INTEGER, FLOAT, OPERATOR, END, ERROR }

    boolean is(Kind other, String expected) {
        return kind == other && text.equals(expected);
    }

    boolean isOperator(String expected) {
        return is(Kind.OPERATOR, expected);
    }

    boolean isName(String expected) {
        return is(Kind.NAME, expected);
    }

    /** For messages. */
    String describe() {
        return switch (kind) {
            case DATA -> "template data";
            case BLOCK_BEGIN -> "begin of statement block";
            case BLOCK_END -> "end of statement block";
            case VARIABLE_BEGIN -> "begin of print statement";
            case VARIABLE_END -> "end of print statement";
            case END -> "end of template";
            case STRING -> "string";
            case INTEGER -> "integer";
            case FLOAT -> "float";
            case NAME, OPERATOR, ERROR -> text;
        };
    }
}
