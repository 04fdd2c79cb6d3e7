package io.gatun.server.http;

import io.helidon.common.configurable.Resource;
import io.helidon.common.pki.Keys;
import io.helidon.common.tls.Tls;

/** Helidon's TLS from PEM files. */
final class TlsConfig {
    private TlsConfig() {
    }

    /**
     * A server's side of TLS.
     *
     * @throws IllegalArgumentException if the files do not hold a certificate and its key
     */
    static Tls of(ServerOptions.TlsFiles files) {
        try {
            var keys = Keys.builder().pem(pem -> pem.key(Resource.create(files.key())).certChain(Resource.create(files.certificate()))).build();
            return Tls.builder().privateKey(keys.privateKey().orElseThrow()).privateKeyCertChain(keys.certChain()).build();
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("TLS cannot be set up with the certificate " + files.certificate() + " and the key " + files.key()
                    + ", which must be PEM, the key in PKCS #8: " + e.getMessage(), e);
        }
    }
}
