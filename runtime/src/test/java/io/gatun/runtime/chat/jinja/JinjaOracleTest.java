package io.gatun.runtime.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates against what Jinja2 makes of them, byte for byte and error for error; scripts/goldens/make_templates.py writes Jinja2's side. */
class JinjaOracleTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2025-01-02T03:04:05Z"), ZoneOffset.UTC);
    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(strings = {"blocks", "errors", "filters", "found", "methods", "operators", "tests", "text", "whitespace"})
    void constructsAreJinja2s(String group) throws IOException {
        var cases = read("/templates/" + group + ".jsonl");

        assertThat(cases).hasSizeGreaterThan(40);
        assertThat(differences(cases)).as("of %d", cases.size()).isEmpty();
    }

    @Test
    void randomTemplatesAreJinja2s() throws IOException {
        var cases = read("/templates/fuzz.jsonl.gz");

        assertThat(cases).hasSize(2000);
        assertThat(differences(cases)).isEmpty();
    }

    private static List<String> differences(List<JsonNode> cases) throws IOException {
        Map<String, Object> shared = variables(JSON.readTree(open("/templates/variables.json")));
        var different = new ArrayList<String>();
        for (var one : cases) {
            var variables = new HashMap<>(shared);
            variables.putAll(variables(one.path("with")));
            var actual = actual(one.get("template").asText(), variables);
            var expected = expected(one);
            if (one.has("ours")) {
                actual = actual.replaceFirst(" @\\d+$", "");
            }
            if (!actual.equals(expected)) {
                different.add(one.get("template") + "\n  expected " + JSON.writeValueAsString(expected) + "\n  actual   " + JSON.writeValueAsString(actual));
            }
        }
        return different;
    }

    /** Text, or an error with its line if the template is malformed; where the interpreter differs on purpose, the case says how and not where. */
    private static String expected(JsonNode one) {
        if (one.has("ours")) {
            assertThat(one.get("ours").asText()).isNotEqualTo(one.path("ok").asText(one.path("err").asText()));
            return one.get("ours").asText();
        }
        return one.has("ok") ? one.get("ok").asText() : one.get("err").asText() + (one.has("line") ? " @" + one.get("line") : "");
    }

    private static String actual(String template, Map<String, Object> variables) {
        JinjaTemplate compiled;
        try {
            compiled = JinjaTemplate.compile(template, CLOCK);
        } catch (JinjaException e) {
            assertThat(e.line()).as(template).isPositive();
            return e.type() + ": " + e.getMessage() + " @" + e.line();
        }
        try {
            return compiled.render(variables);
        } catch (JinjaException e) {
            return e.type() + ": " + e.getMessage();
        }
    }

    private static Map<String, Object> variables(JsonNode node) {
        return node.isMissingNode() ? Map.of() : JSON.convertValue(node, new TypeReference<>() { });
    }

    private static List<JsonNode> read(String resource) throws IOException {
        try (var raw = open(resource); var in = resource.endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
            var cases = new ArrayList<JsonNode>();
            for (var line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                cases.add(JSON.readTree(line));
            }
            return cases;
        }
    }

    private static InputStream open(String resource) {
        return JinjaOracleTest.class.getResourceAsStream(resource);
    }
}
