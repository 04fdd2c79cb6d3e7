package io.gatun.server.http;

import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A file that the server brings with it: a part of the page at {@code /}, or the OpenAPI document.
 *
 * @param contentType what it is
 * @param bytes the file
 */
record Page(String contentType, byte[] bytes) implements Endpoint {
    /** The page loads nothing from elsewhere, and shows pictures that are dropped on it. */
    private static final String POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    /** A resource beside this class. */
    static Page of(String name) {
        try (var in = Page.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + " beside " + Page.class.getName() + " is missing from the server's jar");
            }
            return new Page(contentType(name), in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void answer(Call call) {
        call.header("content-security-policy", POLICY);
        call.header("x-content-type-options", "nosniff");
        call.header("cache-control", "no-cache");
        call.send(200, contentType, bytes);
    }

    private static String contentType(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "json" -> "application/json";
            default -> throw new IllegalStateException(name + " has no known content type");
        };
    }
}
