package io.gatun.runtime.config;

import com.fasterxml.jackson.core.JsonProcessingException;

/** What is wrong with a JSON text, for a message. */
public final class JsonErrors {
    private JsonErrors() {
    }

    /** Such as {@code not valid JSON at line 3, column 8: Unexpected character …}. */
    public static String describe(JsonProcessingException e) {
        var at = e.getLocation();
        String place = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
        return "not valid JSON" + place + ": " + e.getOriginalMessage().replaceAll("(?s) \\(start marker at .*", "");
    }
}
