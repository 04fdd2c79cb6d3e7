package io.gatun.runtime.tokenizer;

/** Which pieces Metaspace puts a leading space mark on. */
enum PrependScheme {
    /** The piece at the start of the text. */
    FIRST("first"),
    NEVER("never"),
    ALWAYS("always");

    private final String jsonName;

    PrependScheme(String jsonName) {
        this.jsonName = jsonName;
    }

    /** Reads {@code prepend_scheme}, or {@code add_prefix_space} of files older than it. */
    static PrependScheme read(Component json) {
        boolean prefix = json.flag("add_prefix_space", true);
        var scheme = json.choice("prepend_scheme", values(), s -> s.jsonName, prefix ? ALWAYS : NEVER);
        if (!prefix && scheme != NEVER) {
            throw json.error("add_prefix_space false contradicts prepend_scheme " + scheme.jsonName);
        }
        return scheme;
    }
}
