package io.gatun.server.nvrtc;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The proxy that {@code https_proxy}, {@code http_proxy} and {@code no_proxy} name, in either case, as curl reads them. */
final class EnvironmentProxy extends ProxySelector {
    private static final int DEFAULT_PORT = 1080;

    private final UnaryOperator<String> environment;

    private EnvironmentProxy(UnaryOperator<String> environment) {
        this.environment = environment;
    }

    /** The selector for an environment; where it names no proxy, Java's own ({@code -Dhttps.proxyHost}). */
    static ProxySelector of(UnaryOperator<String> environment) {
        var proxy = new EnvironmentProxy(environment);
        return proxy.value("https_proxy").isEmpty() && proxy.value("http_proxy").isEmpty() ? ProxySelector.getDefault() : proxy;
    }

    @Override
    public List<Proxy> select(URI uri) {
        var name = uri.getScheme().toLowerCase(Locale.ROOT) + "_proxy";
        var value = value(name);
        if (value.isEmpty() || isDirect(uri.getHost())) {
            return List.of(Proxy.NO_PROXY);
        }
        var proxy = URI.create(value.contains("://") ? value : "http://" + value);
        if (proxy.getHost() == null) {
            throw new NvrtcInstallException(name + " is '" + value + "': it should be like http://proxy.example.com:3128");
        }
        int port = proxy.getPort() < 0 ? DEFAULT_PORT : proxy.getPort();
        return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port)));
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
        // The request itself fails with the same exception.
    }

    private boolean isDirect(String host) {
        return Stream.of(value("no_proxy").split(",")).map(s -> s.strip().replaceFirst("^\\*?\\.", "")).filter(s -> !s.isEmpty())
            .anyMatch(suffix -> suffix.equals("*") || host.equals(suffix) || host.endsWith("." + suffix));
    }

    private String value(String name) {
        return Stream.of(name, name.toUpperCase(Locale.ROOT)).map(environment).filter(value -> value != null && !value.isBlank())
            .findFirst().orElse("");
    }
}
