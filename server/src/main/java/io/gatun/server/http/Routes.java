package io.gatun.server.http;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Which endpoint answers which path and method. */
public final class Routes {
    private final Map<String, Map<String, Route>> byPath = new TreeMap<>();
    private final Map<String, Map<String, Route>> byPrefix = new TreeMap<>();

    /**
     * Where a request goes.
     *
     * @param open whether it is answered without an API key
     */
    record Route(Endpoint endpoint, boolean open) {
    }

    public Routes get(String path, Endpoint endpoint) {
        return add(byPath, path, "GET", new Route(endpoint, false));
    }

    public Routes post(String path, Endpoint endpoint) {
        return add(byPath, path, "POST", new Route(endpoint, false));
    }

    /** A GET that needs no API key. */
    public Routes openGet(String path, Endpoint endpoint) {
        return add(byPath, path, "GET", new Route(endpoint, true));
    }

    /** A GET of everything below {@code prefix}, which ends with a slash. */
    public Routes getBelow(String prefix, Endpoint endpoint) {
        return add(byPrefix, prefix, "GET", new Route(endpoint, false));
    }

    /**
     * The route of a request.
     *
     * @throws ApiException if there is none
     */
    Route find(String method, String path) {
        var methods = Optional.ofNullable(byPath.get(path)).or(() -> byPrefix.entrySet().stream()
                .filter(entry -> path.startsWith(entry.getKey()) && path.length() > entry.getKey().length()).map(Map.Entry::getValue).findFirst())
                .orElseThrow(() -> ApiException.unknownPath(path));
        return Optional.ofNullable(methods.get(method)).orElseThrow(() -> ApiException.wrongMethod(method, path, String.join(" and ", methods.keySet())));
    }

    private Routes add(Map<String, Map<String, Route>> routes, String path, String method, Route route) {
        routes.computeIfAbsent(path, any -> new TreeMap<>()).put(method, route);
        return this;
    }
}
