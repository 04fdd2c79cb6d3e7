package io.gatun.runtime.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatun.runtime.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2025-01-02T03:04:05Z"), ZoneOffset.UTC);
    private static final ChatRequest HELLO = ChatRequest.builder().user("hello").build();
    private static final List<Map<String, Object>> TOOLS = List.of(Map.of("type", "function", "function", Map.of("name", "f")));

    @TempDir
    Path folder;

    @Test
    void aFolderWithoutTemplateHasNone() throws IOException {
        assertThat(ChatTemplate.fromDirectory(folder)).isEmpty();
        write("tokenizer_config.json", "{\"bos_token\": \"<s>\"}");
        assertThat(ChatTemplate.fromDirectory(folder)).isEmpty();
        write("chat_template.json", "{}");
        assertThat(ChatTemplate.fromDirectory(folder)).isEmpty();
    }

    @Test
    void theTemplatesFileComesBeforeTheOthers() throws IOException {
        write("tokenizer_config.json", "{\"bos_token\": \"<s>\", \"chat_template\": \"config {{ bos_token }}\"}");
        assertThat(rendered(HELLO)).isEqualTo("config <s>");
        write("chat_template.json", "{\"chat_template\": \"json {{ bos_token }}\"}");
        assertThat(rendered(HELLO)).isEqualTo("json <s>");
        write("chat_template.jinja", "jinja {{ bos_token }}\n");
        assertThat(rendered(HELLO)).isEqualTo("jinja <s>");
    }

    @Test
    void aJsonFileWithoutTemplateIsPassedOver() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": \"config\"}");
        write("chat_template.json", "{\"other\": 1}");
        assertThat(rendered(HELLO)).isEqualTo("config");
    }

    @Test
    void toolsChooseTheTemplateForThem() throws IOException {
        write("tokenizer_config.json", """
                {"chat_template": [{"name": "tool_use", "template": "with {{ tools[0].function.name }}"}, {"name": "default", "template": "plain {{ tools is none }}"}]}
                """);
        assertThat(rendered(HELLO)).isEqualTo("plain True");
        assertThat(rendered(ChatRequest.builder().user("hello").tools(TOOLS).build())).isEqualTo("with f");
    }

    @Test
    void toolsGoToTheDefaultWhereThereIsNoOther() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": [{\"name\": \"default\", \"template\": \"{{ tools|length }}\"}, {\"name\": \"rag\", \"template\": \"rag\"}]}");
        assertThat(rendered(ChatRequest.builder().user("hello").tools(TOOLS).build())).isEqualTo("1");
    }

    @Test
    void namedTemplatesNeedADefault() throws IOException {
        write("tokenizer_config.json", "{\"chat_template\": [{\"name\": \"rag\", \"template\": \"x\"}]}");
        assertThatThrownBy(() -> ChatTemplate.fromDirectory(folder)).isInstanceOf(ChatTemplateException.class)
                .hasMessage(folder.resolve("tokenizer_config.json") + ": chat_template has no template called 'default' but [rag]");
    }

    @Test
    void specialTokensAreStringsOrObjects() throws IOException {
        write("tokenizer_config.json", """
                {"bos_token": "<s>", "eos_token": {"__type": "AddedToken", "content": "</s>", "lstrip": false}, "pad_token": null, "add_bos_token": true,
                 "chat_template": "{{ bos_token }}{{ eos_token }}{{ pad_token is defined }}{{ unk_token is defined }}"}
                """);
        assertThat(rendered(HELLO)).isEqualTo("<s></s>FalseFalse");
    }

    @Test
    void variablesOfTheRequestAreSeenByTheTemplate() {
        var template = template("{{ bos_token }}|{{ add_generation_prompt }}|{{ documents }}|{{ thinking }}|{{ strftime_now('%d %b %Y') }}", Map.of("bos_token", "<s>"));
        assertThat(template.render(ChatRequest.builder().addGenerationPrompt(false).documents(List.of(Map.of("text", "d"))).variable("thinking", true).build()))
                .isEqualTo("<s>|False|[{'text': 'd'}]|True|02 Jan 2025");
        assertThat(template.render(ChatRequest.builder().variable("bos_token", "own").build())).isEqualTo("own|True|None||02 Jan 2025");
    }

    @Test
    void malformedTemplatesNameFileAndLine() throws IOException {
        write("chat_template.jinja", "a\nb\n{% if x %}\n{{ x. }}{% endif %}");
        assertThatThrownBy(() -> ChatTemplate.fromDirectory(folder)).isInstanceOf(ChatTemplateException.class)
                .hasMessage(folder.resolve("chat_template.jinja") + ", line 4: TemplateSyntaxError: expected name or number");
        Files.delete(folder.resolve("chat_template.jinja"));
        write("tokenizer_config.json", "{\"chat_template\": [{\"name\": \"default\", \"template\": \"\\n{% nope %}\"}]}");
        assertThatThrownBy(() -> ChatTemplate.fromDirectory(folder)).isInstanceOf(ChatTemplateException.class)
                .hasMessage(folder.resolve("tokenizer_config.json") + " (default), line 2: TemplateSyntaxError: Encountered unknown tag 'nope'.");
    }

    @Test
    void malformedJsonNamesItsFile() throws IOException {
        write("chat_template.json", "{\"chat_template\": ");
        assertThatThrownBy(() -> ChatTemplate.fromDirectory(folder)).isInstanceOf(ConfigException.class).hasMessageContaining("chat_template.json");
        write("chat_template.json", "{\"chat_template\": 5}");
        assertThatThrownBy(() -> ChatTemplate.fromDirectory(folder)).isInstanceOf(ConfigException.class).hasMessageContaining("chat_template");
    }

    @Test
    void refusalsNameSourceAndLineAndSayWhy() {
        var template = template("{% if messages[0].role == 'system' %}\n{{ raise_exception('no system role') }}{% endif %}\n\n{{ messages[5].content }}", Map.of());
        assertThatThrownBy(() -> template.render(ChatRequest.builder().system("x").build())).isInstanceOf(ChatTemplateException.class)
                .hasMessage("here, line 2: no system role");
        assertThatThrownBy(() -> template.render(HELLO)).isInstanceOf(ChatTemplateException.class)
                .hasMessage("here, line 4: UndefinedError: list object has no element 5");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{ 7*7 }}", "{% raise %}", "{% if true %}", "{# comment #}", "{% endfor %}", "{{ messages }}", "{{ ''.__class__.__mro__ }}", "}} %} {{", "{% raw %}",
        "%s %d {} {0} {x}", "\\n \\u0041", "a\r\nb\u2028c", "<script>&amp;'\"", "{{ raise_exception('x') }}", "${jndi:x} #{x} <%= x %>", "🙂\u0000"})
    void whatAUserSaysIsNeverEvaluated(String content) {
        var request = ChatRequest.builder().user(content).variable("name", content).build();
        assertThat(template("{% for m in messages %}<{{ m.content }}>{% endfor %}", Map.of()).render(request)).isEqualTo("<" + content + ">");
        assertThat(template("{% set x %}{{ messages[0]['content'] }}{% endset %}{{ x ~ '' }}{{ x + name }}", Map.of()).render(request)).isEqualTo(content + content + content);
        assertThat(template("{% macro m(x) %}{{ x }}{{ caller() }}{% endmacro %}{% call m(name) %}{{ name }}{% endcall %}", Map.of()).render(request)).isEqualTo(content + content);
        assertThat(template("{{ '%s' % name }}{{ '{}'.format(name) }}{{ name|replace('\\x01', '') }}{{ [name]|join }}", Map.of()).render(request)).isEqualTo(content.repeat(4));
    }

    @Test
    void whatAUserCallsAFieldIsNoMethod() {
        var message = Map.<String, Object>of("role", "user", "content", "c", "items", "i", "__class__", "k", "_x", 1);
        var template = template("{{ messages[0]['items'] }}{{ messages[0].items() | length }}{{ messages[0].__class__ }}{{ messages[0]._x }}", Map.of());
        assertThat(template.render(ChatRequest.builder().message(message).build())).isEqualTo("i5k1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"messages.__class__.x", "''.__class__.__mro__", "messages[0]['__init__']()", "(messages|attr('__class__')).x", "messages.append(1)", "messages[0].update(x=1)",
        "'{0.__class__.x}'.format(messages)", "messages|map(attribute='__class__.x')|list", "messages[0].pop('role')", "raise_exception.__globals__.x", "range.__self__.x"})
    void theSandboxRefuses(String expression) {
        assertThatThrownBy(() -> template("{{ " + expression + " }}", Map.of()).render(HELLO)).isInstanceOf(ChatTemplateException.class)
                .hasMessageStartingWith("here, line 1: SecurityError: access to attribute").hasMessageEndingWith("object is unsafe.");
    }

    @Test
    void renderingChangesNothing() {
        var request = ChatRequest.builder().user("a").build();
        var template = template("{% set ns = namespace(m=messages) %}{% set ns.m = ns.m + [1] %}{% for m in messages %}{% set m = 1 %}{% endfor %}{{ ns.m|length }}{{ messages|length }}", Map.of());
        assertThat(template.render(request)).isEqualTo("21");
        assertThat(template.render(request)).isEqualTo("21");
    }

    private String rendered(ChatRequest request) {
        return ChatTemplate.fromDirectory(folder).orElseThrow().render(request);
    }

    private void write(String file, String content) throws IOException {
        Files.writeString(folder.resolve(file), content);
    }

    private static ChatTemplate template(String source, Map<String, String> specialTokens) {
        return ChatTemplate.compile("here", source, specialTokens, CLOCK);
    }
}
