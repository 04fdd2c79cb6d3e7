package io.gatun.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeCommandTest {
    @Test
    void servesUntilItIsTerminated(@TempDir Path folder) throws Exception {
        var log = folder.resolve("log");
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder(java, "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"),
                "io.gatun.server.Gatun", "serve", "--model-path", "../models/samples/llama", "--device", "cpu", "--port", "0").redirectError(log.toFile())
                        .start();
        try (var client = HttpClient.newHttpClient(); var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            assertThat(line).as(Files.readString(log)).startsWith("Gatun serves llama at http://127.0.0.1:");
            var uri = URI.create(line.substring(line.indexOf("http")) + "/v1/chat/completions");
            var answer = client.send(HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(
                    "{\"temperature\": 0, \"messages\": [{\"role\": \"user\", \"content\": \"What is the capital of Norway?\"}]}")).build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).contains("The capital of Norway is Oslo.");
            process.destroy();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(Files.readString(log)).contains("\"event\":\"listening\"", "\"event\":\"ready\"", "\"event\":\"draining\"", "\"event\":\"stopped\"");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void saysWhatIsWrong(@TempDir Path folder) {
        assertThat(Cli.run("serve", "--model-path", folder, "--port", "0").exitCode()).isEqualTo(1);
        assertThat(Cli.run("serve", "--model-path", folder, "--port", "70000").err()).contains("port is 70000; it must be 0 to 65535");
        assertThat(Cli.run("serve", "--model-path", folder, "--port", "70000").exitCode()).isEqualTo(2);
        assertThat(Cli.run("serve", "--model-path", folder, "--tls-cert", "x.pem").err()).contains("--tls-cert and --tls-key go together");
        assertThat(Cli.run("serve", "--help").out()).contains("--max-queued-requests", "--drain-timeout", "Examples:");
    }
}
