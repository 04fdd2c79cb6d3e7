package io.gatun.server.bench.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalInt;

/** How a kind of server is asked, and how its answers are read. */
interface Protocol {
    /** Where requests are posted, after the base URL. */
    String path();

    /** A request's body; always greedy. */
    ObjectNode body(ServingRequest request, boolean stream);

    /** Begins to read one answer. */
    Reader reader();

    /** Reads one answer. */
    interface Reader {
        /** An event of a streamed answer. */
        Delta event(JsonNode event);

        /** An answer that was not streamed. */
        Delta whole(JsonNode answer);
    }

    /** A count, where the field is there. */
    static OptionalInt count(JsonNode field) {
        return field.isInt() ? OptionalInt.of(field.intValue()) : OptionalInt.empty();
    }
}
