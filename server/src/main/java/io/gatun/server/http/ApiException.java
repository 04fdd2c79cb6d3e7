package io.gatun.server.http;

import java.util.Optional;

/** A request that is answered with an error in OpenAI's form; the message is shown to whoever sent it. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final String INVALID = "invalid_request_error";
    private static final String SERVER = "server_error";

    private final int status;
    private final String type;
    private final transient Optional<String> param;
    private final transient Optional<String> code;

    private ApiException(int status, String type, Optional<String> param, Optional<String> code, String message) {
        super(message);
        this.status = status;
        this.type = type;
        this.param = param;
        this.code = code;
    }

    /** 400: a field is malformed or out of range. */
    public static ApiException invalid(String param, String message) {
        return new ApiException(400, INVALID, Optional.of(param), Optional.empty(), message);
    }

    /** 400 with a code of OpenAI's. */
    public static ApiException invalid(String param, String code, String message) {
        return new ApiException(400, INVALID, Optional.of(param), Optional.of(code), message);
    }

    /** 400: the body as a whole. */
    public static ApiException badRequest(String message) {
        return new ApiException(400, INVALID, Optional.empty(), Optional.empty(), message);
    }

    /** 401. */
    static ApiException unauthorized() {
        return new ApiException(401, INVALID, Optional.empty(), Optional.of("invalid_api_key"),
                "the API key is missing or wrong; send it as 'Authorization: Bearer KEY'");
    }

    /** 404: the model is not the one that is served. */
    public static ApiException modelNotFound(String model, String served) {
        return new ApiException(404, INVALID, Optional.of("model"), Optional.of("model_not_found"),
                "the model '" + model + "' does not exist; this server has '" + served + "'");
    }

    /** 404: there is no such path. */
    static ApiException unknownPath(String path) {
        return new ApiException(404, INVALID, Optional.empty(), Optional.of("unknown_url"), "there is nothing at " + path);
    }

    /** 405. */
    static ApiException wrongMethod(String method, String path, String allowed) {
        return new ApiException(405, INVALID, Optional.empty(), Optional.of("method_not_allowed"), path + " does not take " + method + "; it takes " + allowed);
    }

    /** 413. */
    static ApiException tooLarge(long limit) {
        return new ApiException(413, INVALID, Optional.empty(), Optional.of("request_too_large"),
                "the body is larger than the " + limit + " bytes that it may have");
    }

    /** 429: to be sent again later. */
    static ApiException queueFull(String message) {
        return new ApiException(429, "rate_limit_error", Optional.empty(), Optional.of("queue_full"), message);
    }

    /** 500. */
    public static ApiException internal(String message) {
        return new ApiException(500, SERVER, Optional.empty(), Optional.of("internal_error"), message);
    }

    /** 503. */
    static ApiException unavailable(String code, String message) {
        return new ApiException(503, SERVER, Optional.empty(), Optional.of(code), message);
    }

    /** 504. */
    static ApiException timeout(String message) {
        return new ApiException(504, SERVER, Optional.empty(), Optional.of("timeout"), message);
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    /** OpenAI's class of errors. */
    public String type() {
        return type;
    }

    /** The field at fault. */
    public Optional<String> param() {
        return param;
    }

    /** A word for programs. */
    public Optional<String> code() {
        return code;
    }
}
