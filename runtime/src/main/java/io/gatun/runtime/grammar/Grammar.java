package io.gatun.runtime.grammar;

/** What an output's text must be. The tokens that would break it are masked out on the device before one is drawn. */
public sealed interface Grammar {

    /**
     * JSON text that the schema allows.
     *
     * @param schema a JSON schema, as JSON text
     */
    record JsonSchema(String schema) implements Grammar {
    }

    /**
     * Text that the whole expression matches.
     *
     * @param pattern a regular expression, without look-around and back references
     */
    record Regex(String pattern) implements Grammar {
    }

    /**
     * Text that the rule {@code root} derives.
     *
     * @param source rules in llama.cpp's and xgrammar's EBNF, such as {@code root ::= "yes" | "no"}
     */
    record Ebnf(String source) implements Grammar {
    }

    /** Any JSON object (OpenAI's {@code json_object}). */
    static Grammar jsonObject() {
        return new JsonSchema("{\"type\": \"object\"}");
    }
}
