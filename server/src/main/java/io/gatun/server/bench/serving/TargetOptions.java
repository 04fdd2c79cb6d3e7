package io.gatun.server.bench.serving;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.config.JsonErrors;
import io.gatun.server.UsageException;
import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which server is asked, and how. */
final class TargetOptions {

    @Option(names = "--backend", defaultValue = "sglang", paramLabel = "NAME", description = "sglang (/generate), openai (/v1/completions) or openai-chat "
            + "(/v1/chat/completions); SGLang's names sglang-oai, sglang-oai-chat, vllm and vllm-chat are known, too. Default: ${DEFAULT-VALUE}.")
    private String backend;

    @Option(names = "--base-url", paramLabel = "URL", description = "Such as http://127.0.0.1:30000, without /v1; goes before --host and --port.")
    private Optional<String> baseUrl = Optional.empty();

    @Option(names = "--host", defaultValue = "127.0.0.1", description = "Default: ${DEFAULT-VALUE}.")
    private String host;

    @Option(names = "--port", defaultValue = "30000", description = "Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(names = "--model", paramLabel = "NAME", description = "The model's name at the server. Default: the first of /v1/models.")
    private Optional<String> model = Optional.empty();

    @Option(names = "--api-key", paramLabel = "KEY", defaultValue = "${env:OPENAI_API_KEY}", description = "Default: what OPENAI_API_KEY holds, if anything.")
    private String apiKey;

    @Option(names = "--disable-stream", description = "Ask for whole answers; then only their latency is measured.")
    private boolean disableStream;

    @Option(names = "--disable-ignore-eos", description = "Let outputs end early. Servers that know OpenAI's fields alone need it.")
    private boolean disableIgnoreEos;

    @Option(names = "--extra-request-body", paramLabel = "JSON", description = "Fields to add to each request; a null takes one away.")
    private Optional<String> extraBody = Optional.empty();

    String backend() {
        return backend;
    }

    boolean stream() {
        return !disableStream;
    }

    ServingClient client() {
        String url = baseUrl.orElseGet(() -> "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port);
        try {
            var scheme = URI.create(url).getScheme();
            if (URI.create(url).getHost() == null || !("http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme))) {
                throw new UsageException("'" + url + "' is no address of a server; it must be such as http://127.0.0.1:30000");
            }
        } catch (IllegalArgumentException e) {
            throw new UsageException("'" + url + "' is no address of a server: " + e.getMessage());
        }
        String trimmed = url.replaceAll("/+$", "").replaceAll("/v1$", "");
        return new ServingClient(trimmed, Optional.ofNullable(apiKey).filter(key -> !key.isBlank()));
    }

    /** How the server is asked; asks it for its model where it must be named and is not. */
    Protocol protocol(ServingClient client) throws InterruptedException {
        return switch (backend) {
            case "sglang", "sglang-native" -> new GenerateProtocol(!disableIgnoreEos);
            case "openai", "sglang-oai", "vllm" -> new OpenAiProtocol(modelName(client), false, !disableIgnoreEos);
            case "openai-chat", "sglang-oai-chat", "vllm-chat" -> new OpenAiProtocol(modelName(client), true, !disableIgnoreEos);
            default -> throw new UsageException("--backend is '" + backend + "'; it must be sglang, openai or openai-chat");
        };
    }

    Map<String, JsonNode> extraBody() {
        var fields = new LinkedHashMap<String, JsonNode>();
        if (extraBody.isPresent()) {
            try {
                var root = new ObjectMapper().readTree(extraBody.get());
                if (!root.isObject()) {
                    throw new UsageException("--extra-request-body must be a JSON object, such as {\"top_p\": 0.9}, not " + extraBody.get());
                }
                root.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
            } catch (JsonProcessingException e) {
                throw new UsageException("--extra-request-body is " + JsonErrors.describe(e));
            }
        }
        return fields;
    }

    private String modelName(ServingClient client) throws InterruptedException {
        if (model.isPresent()) {
            return model.get();
        }
        try {
            var id = client.get("/v1/models").at("/data/0/id");
            if (id.isTextual()) {
                return id.textValue();
            }
            throw new UsageException("the server's /v1/models names no model; give one by --model");
        } catch (IOException e) {
            throw new UsageException("the server was asked for its models, and failed (" + ServingClient.describe(e)
                    + "); is it there? A model can be given by "
                    + "--model");
        }
    }
}
