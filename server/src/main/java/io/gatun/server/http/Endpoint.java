package io.gatun.server.http;

import java.io.IOException;

/** Answers the requests of one path and method. */
@FunctionalInterface
public interface Endpoint {
    /**
     * Answers a request.
     *
     * @throws ApiException if it is answered with an error
     * @throws IOException if the client cannot be written to
     */
    void answer(Call call) throws IOException;
}
