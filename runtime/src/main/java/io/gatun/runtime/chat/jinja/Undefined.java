package io.gatun.runtime.chat.jinja;

/** What a name or attribute that does not exist gives: nothing when printed, an error when used. */
record Undefined(JinjaException error) {

    static Undefined name(String name) {
        return new Undefined(new JinjaException("UndefinedError", PyText.repr(name) + " is undefined"));
    }

    static Undefined attribute(Object owner, Object key) {
        return new Undefined(new JinjaException("UndefinedError", key instanceof String ? PyText.repr(ownerName(owner)) + " has no attribute " + PyText.repr(key)
                : ownerName(owner) + " has no element " + PyText.repr(key)));
    }

    /** What a sandbox does not let a template touch. */
    static Undefined unsafe(Object owner, String attribute) {
        return new Undefined(new JinjaException("SecurityError", "access to attribute " + PyText.repr(attribute) + " of "
                + PyText.repr(PyType.name(owner)) + " object is unsafe."));
    }

    static Undefined because(String message) {
        return new Undefined(new JinjaException("UndefinedError", message));
    }

    /** The error that using it is; new each time, so that it has the place of its use. */
    JinjaException used() {
        return new JinjaException(error.type(), error.getMessage());
    }

    private static String ownerName(Object owner) {
        return switch (owner) {
            case null -> "None";
            case LoopContext loop -> "jinja2.runtime.LoopContext object";
            case Macro macro -> "jinja2.runtime.Macro object";
            case Namespace namespace -> "jinja2.utils.Namespace object";
            default -> PyType.name(owner) + " object";
        };
    }
}
