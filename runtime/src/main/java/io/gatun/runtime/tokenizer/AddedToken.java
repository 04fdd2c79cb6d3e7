package io.gatun.runtime.tokenizer;

/**
 * A token that is found in the text before the model sees it.
 *
 * @param singleWord only where no word character touches it
 * @param lstrip     takes the white space in front of it in
 * @param rstrip     takes the white space behind it in
 * @param normalized looked for in the normalized text, in its own normalized form
 * @param special    left out by decoding when asked to
 */
record AddedToken(int id, String content, boolean singleWord, boolean lstrip, boolean rstrip, boolean normalized, boolean special) {

    static AddedToken read(Component json) {
        boolean special = json.flag("special", false);
        return new AddedToken(json.number("id"), json.text("content"), json.flag("single_word", false), json.flag("lstrip", false),
                json.flag("rstrip", false), json.flag("normalized", !special), special);
    }
}
