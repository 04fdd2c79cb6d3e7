package io.gatun.server.http.openai;

import io.gatun.server.http.ApiException;
import io.gatun.server.http.Fields;

/**
 * How an answer is handed over.
 *
 * @param wanted as events, as it comes
 * @param includeUsage whether a last event counts the tokens
 * @param continuousUsage whether every event does (SGLang)
 */
record StreamFields(boolean wanted, boolean includeUsage, boolean continuousUsage) {

    static StreamFields read(Fields body) {
        boolean wanted = body.flag("stream", false);
        if (!body.has("stream_options")) {
            return new StreamFields(wanted, false, false);
        }
        if (!wanted) {
            throw ApiException.invalid("stream_options", "'stream_options' is given, but 'stream' is not true");
        }
        var options = body.object("stream_options");
        options.flag("include_obfuscation", false);
        return new StreamFields(true, options.flag("include_usage", false), options.flag("continuous_usage_stats", false));
    }
}
