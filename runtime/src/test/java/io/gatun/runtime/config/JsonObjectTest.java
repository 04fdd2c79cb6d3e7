package io.gatun.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonObjectTest {
    @TempDir
    private Path folder;

    @Test
    void valuesAreReadByType() {
        var json = parse("""
                {"i": 3, "l": 5000000000, "d": 1e-5, "b": true, "t": "x", "texts": ["a", "b"], "ints": [1, 2], "one": 7, "longs": [1, 5000000000], "o": {"k": 1}}""");
        assertThat(json.intValue("i")).isEqualTo(3);
        assertThat(json.longValue("l")).isEqualTo(5_000_000_000L);
        assertThat(json.doubleValue("d")).isEqualTo(1e-5);
        assertThat(json.booleanValue("b", false)).isTrue();
        assertThat(json.text("t")).isEqualTo("x");
        assertThat(json.texts("texts")).containsExactly("a", "b");
        assertThat(json.ints("ints")).containsExactly(1, 2);
        assertThat(json.ints("one")).containsExactly(7);
        assertThat(json.longs("longs")).containsExactly(1L, 5_000_000_000L);
        assertThat(json.object("o").orElseThrow().intValue("k")).isEqualTo(1);
        assertThat(json.object("none")).isEmpty();
        assertThat(json.keys()).startsWith("i", "l");
    }

    @Test
    void nullCountsAsMissing() {
        var json = parse("{\"a\": null}");
        assertThat(json.has("a")).isFalse();
        assertThat(json.intValue("a", 5)).isEqualTo(5);
        assertThatThrownBy(() -> json.intValue("a")).isInstanceOf(ConfigException.class).hasMessage("config.json lacks 'a', which is needed");
    }

    @Test
    void aValueOfAnotherTypeIsNamedWithWhatWouldBeRight() {
        wrong("{\"k\": 1.5}", json -> json.intValue("k"), "k is 1.5; it must be an integer");
        wrong("{\"k\": 3000000000}", json -> json.intValue("k"), "k is 3000000000; it must be an integer");
        wrong("{\"k\": \"4\"}", json -> json.intValue("k"), "k is \"4\"; it must be an integer");
        wrong("{\"k\": 1e400}", json -> json.doubleValue("k"), "k is \"Infinity\"; it must be a finite number");
        wrong("{\"k\": [1]}", json -> json.doubleValue("k"), "k is [1]; it must be a finite number");
        wrong("{\"k\": 0}", json -> json.positiveInt("k"), "k is 0; it must be at least 1");
        wrong("{\"k\": -0.5}", json -> json.positiveDouble("k"), "k is -0.5; it must be above 0");
        wrong("{\"k\": 1}", json -> json.booleanValue("k", false), "k is 1; it must be true or false");
        wrong("{\"k\": 1}", json -> json.text("k"), "k is 1; it must be a string");
        wrong("{\"k\": [1]}", json -> json.texts("k"), "k is [1]; it must be an array of strings");
        wrong("{\"k\": \"a\"}", json -> json.texts("k"), "k is \"a\"; it must be an array");
        wrong("{\"k\": [1.5]}", json -> json.longs("k"), "k is [1.5]; it must be an array of integers");
        wrong("{\"k\": []}", json -> json.object("k"), "k is []; it must be an object");
    }

    @Test
    void aKeyOfAnInnerObjectIsNamedWithItsPath() {
        var inner = parse("{\"rope_scaling\": {\"factor\": \"x\"}}").object("rope_scaling").orElseThrow();
        assertThatThrownBy(() -> inner.doubleValue("factor")).hasMessage("config.json: rope_scaling.factor is \"x\"; it must be a finite number");
        assertThatThrownBy(() -> inner.text("type")).hasMessage("config.json lacks 'rope_scaling.type', which is needed");
    }

    @Test
    void malformedJsonIsNamedWithItsLine() {
        assertThatThrownBy(() -> parse("{\n  \"a\": 1,\n  \"b\": }")).isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("config.json is not valid JSON at line 3, column ");
        assertThatThrownBy(() -> parse("{\"a\": 1} x")).isInstanceOf(ConfigException.class).hasMessageStartingWith("config.json is not valid JSON at line 1");
        assertThatThrownBy(() -> parse("{\"a\":".repeat(5000))).isInstanceOf(ConfigException.class).hasMessageStartingWith("config.json is not valid JSON");
    }

    @Test
    void whatIsNoObjectIsRefused() {
        for (String text : new String[] {"", "[1]", "3", "null"}) {
            assertThatThrownBy(() -> parse(text)).as(text).isInstanceOf(ConfigException.class).hasMessage("config.json does not hold a JSON object");
        }
    }

    @Test
    void aFileThatIsMissingOrNoTextIsNamed() throws IOException {
        var missing = folder.resolve("config.json");
        assertThatThrownBy(() -> JsonObject.read(missing)).isInstanceOf(ConfigException.class).hasMessage(missing + " does not exist");
        var binary = Files.write(folder.resolve("binary.json"), new byte[] {'{', (byte) 0xff, '}'});
        assertThatThrownBy(() -> JsonObject.read(binary)).isInstanceOf(ConfigException.class).hasMessage(binary + " is not UTF-8 text");
    }

    @Test
    void overridesLieOverTheObjectAndLeaveItAsItWas() {
        var json = parse("{\"a\": 1, \"b\": 2}");
        var changed = json.with(Map.of("a", 10, "c", "new"));
        assertThat(changed.intValue("a")).isEqualTo(10);
        assertThat(changed.intValue("b")).isEqualTo(2);
        assertThat(changed.text("c")).isEqualTo("new");
        assertThat(json.intValue("a")).isEqualTo(1);
    }

    private static void wrong(String text, Consumer<JsonObject> read, String message) {
        assertThatThrownBy(() -> read.accept(parse(text))).isInstanceOf(ConfigException.class).hasMessage("config.json: " + message);
    }

    private static JsonObject parse(String text) {
        return JsonObject.parse("config.json", text);
    }
}
