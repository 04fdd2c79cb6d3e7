package io.gatun.server.nvrtc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.util.Map;

class EnvironmentProxyTest {
    private static final URI CENTRAL = URI.create("https://repo1.maven.org/maven2/");

    @Test
    void theSchemeChoosesTheVariable() {
        var environment = Map.of("https_proxy", "http://secure.example:3128", "HTTP_PROXY", "plain.example:8080");
        assertThat(select(environment, CENTRAL)).isEqualTo(new InetSocketAddress("secure.example", 3128));
        assertThat(select(environment, URI.create("http://mirror.example/"))).isEqualTo(new InetSocketAddress("plain.example", 8080));
    }

    @Test
    void noProxyNamesHostsAndDomains() {
        var environment = Map.of("https_proxy", "http://proxy.example:3128", "no_proxy", "localhost, .maven.org");
        assertThat(EnvironmentProxy.of(environment::get).select(CENTRAL)).containsExactly(Proxy.NO_PROXY);
        assertThat(select(environment, URI.create("https://notmaven.org/"))).isEqualTo(new InetSocketAddress("proxy.example", 3128));
    }

    @Test
    void withoutVariablesJavaDecides() {
        assertThat(EnvironmentProxy.of(name -> null)).isSameAs(ProxySelector.getDefault());
    }

    @Test
    void aMalformedProxyIsNamed() {
        var selector = EnvironmentProxy.of(Map.of("https_proxy", "http://:3128")::get);
        assertThatThrownBy(() -> selector.select(CENTRAL)).isInstanceOf(NvrtcInstallException.class)
            .hasMessageContaining("https_proxy is 'http://:3128'");
    }

    private static InetSocketAddress select(Map<String, String> environment, URI uri) {
        return (InetSocketAddress) EnvironmentProxy.of(environment::get).select(uri).getFirst().address();
    }
}
