package io.gatun.runtime.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gatun.runtime.chat.jinja.JinjaException;
import io.gatun.runtime.chat.jinja.JinjaTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Templates of public models against Jinja2, byte for byte, where the folder that has them lies beside the checkout. */
class RealTemplatesTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2025-01-02T03:04:05Z"), ZoneOffset.UTC);
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void renderAsJinja2Does() throws IOException {
        var folder = folder();
        var cases = JSON.readTree(folder.resolve("cases.json").toFile());
        var expected = JSON.readTree(folder.resolve("expected.json").toFile());
        var different = new ArrayList<String>();
        int count = 0;
        for (var template : expected.properties()) {
            var compiled = JinjaTemplate.compile(Files.readString(folder.resolve(template.getKey() + ".jinja")), CLOCK);
            for (var one : template.getValue().properties()) {
                count++;
                var actual = render(compiled, cases.get(one.getKey()));
                if (!actual.equals(one.getValue())) {
                    different.add(template.getKey() + " " + one.getKey() + "\n  expected " + one.getValue() + "\n  actual   " + actual);
                }
            }
        }
        assertThat(different).as("of %d", count).isEmpty();
        assertThat(count).isGreaterThanOrEqualTo(75);
    }

    private static JsonNode render(JinjaTemplate template, JsonNode input) {
        try {
            return JSON.createObjectNode().put("ok", template.render(JSON.convertValue(input, new TypeReference<Map<String, Object>>() { })));
        } catch (JinjaException e) {
            return JSON.createObjectNode().put("err", e.type() + ": " + e.getMessage());
        }
    }

    private static Path folder() {
        for (var at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            var folder = at.resolve("shared/data/chat-templates");
            if (Files.isDirectory(folder)) {
                return folder;
            }
        }
        return abort("no folder shared/data/chat-templates beside the checkout");
    }
}
