package io.gatun.runtime.chat.jinja;

/** A template that cannot be read, or that failed on its input. The message is the one that Jinja2 or Python gives in the same case. */
public final class JinjaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String type;
    private int line;

    JinjaException(String type, String message) {
        super(message);
        this.type = type;
    }

    JinjaException(String type, int line, String message) {
        this(type, message);
        this.line = line;
    }

    static JinjaException syntax(int line, String message) {
        return new JinjaException("TemplateSyntaxError", line, message);
    }

    static JinjaException typeError(String message) {
        return new JinjaException("TypeError", message);
    }

    static JinjaException valueError(String message) {
        return new JinjaException("ValueError", message);
    }

    /** The name of Jinja2's or Python's exception, such as {@code UndefinedError}; {@code TemplateError} is what raise_exception gives. */
    public String type() {
        return type;
    }

    /** The line of the template; 0 if unknown. */
    public int line() {
        return line;
    }

    /** This with the line, where it has none yet. */
    JinjaException at(int templateLine) {
        if (line == 0) {
            line = templateLine;
        }
        return this;
    }
}
