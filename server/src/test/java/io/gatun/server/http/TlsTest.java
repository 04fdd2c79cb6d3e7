package io.gatun.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
    private static final char[] PASSWORD = "password".toCharArray();

    @TempDir
    private Path folder;

    @Test
    void servesHttps() throws Exception {
        var store = selfSigned();
        var files = new ServerOptions.TlsFiles(pem("cert.pem", "CERTIFICATE", store.getCertificate("key").getEncoded()),
                pem("key.pem", "PRIVATE KEY", store.getKey("key", PASSWORD).getEncoded()));
        var log = new RequestLog(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
        try (var server = HttpServer.start(options(files), log); var client = HttpClient.newBuilder().sslContext(trusting(store)).build()) {
            var response = client.send(HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + "/health")).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.body()).contains("model_loading");
        }
    }

    @Test
    void saysWhichFilesAreWrong() throws IOException {
        var wrong = new ServerOptions.TlsFiles(Files.writeString(folder.resolve("cert.pem"), "x"), Files.writeString(folder.resolve("key.pem"), "y"));
        assertThatThrownBy(() -> HttpServer.start(options(wrong), new RequestLog(System.err))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("key.pem");
    }

    private static ServerOptions options(ServerOptions.TlsFiles files) {
        return new ServerOptions("127.0.0.1", 0, "llama", List.of(), 1000, 1, Optional.empty(), Duration.ofSeconds(5), Duration.ZERO, Optional.of(files),
                List.of());
    }

    private KeyStore selfSigned() throws Exception {
        var file = folder.resolve("store.p12");
        var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        var process = new ProcessBuilder(keytool, "-genkeypair", "-alias", "key", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "san=dns:localhost",
                "-validity", "2",
                "-storetype", "PKCS12", "-keystore", file.toString(), "-storepass", new String(PASSWORD)).redirectErrorStream(true).start();
        assertThat(process.waitFor()).as(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).isZero();
        return KeyStore.getInstance(file.toFile(), PASSWORD);
    }

    private Path pem(String name, String kind, byte[] content) throws IOException {
        return Files.writeString(folder.resolve(name), "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content)
                + "\n-----END " + kind + "-----\n");
    }

    private static SSLContext trusting(KeyStore store) throws Exception {
        var trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", store.getCertificate("key"));
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        var context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }
}
