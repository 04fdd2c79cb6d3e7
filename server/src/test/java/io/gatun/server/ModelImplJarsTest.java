package io.gatun.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models in jars that Gatun was not built with; the jars are made here. */
class ModelImplJarsTest {
    private static final String SERVICE = "META-INF/services/io.gatun.runtime.model.ModelProvider";

    @TempDir
    private Path folder;

    @Test
    void aJarsModelIsListedAndRuns() throws IOException {
        var jar = jar("wrapper", "Wrapper1", "io.gatun.models.LlamaForCausalLM::new");
        assertThat(Cli.run("models", "--model-impl-jars", jar).out()).containsPattern("Wrapper1 +Wrapper1 +wrapper.jar\n")
                .containsPattern("LlamaForCausalLM +Llama +");
        var again = jar("again", "Wrapper2", "io.gatun.models.LlamaForCausalLM::new");
        var model = Cli.withTokenizer("llama-mha-f32", Files.createDirectory(folder.resolve("model")));
        var config = model.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("LlamaForCausalLM", "Wrapper2"));
        var result = Cli.run("generate", "--device", "cpu", "--model-path", model, "--model-impl-jars", again, "abc");
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
    }

    @Test
    void aJarThatIsMissingOrBringsNothingIsWrongUsage() throws IOException {
        var missing = Cli.run("models", "--model-impl-jars", folder.resolve("no.jar"));
        assertThat(missing.exitCode()).isEqualTo(2);
        assertThat(missing.err()).contains("no.jar is not a file");
        var empty = folder.resolve("empty.jar");
        write(empty, "README", new byte[0]);
        assertThat(Cli.run("models", "--model-impl-jars", empty).err()).contains("empty.jar").contains("brings no models").contains(SERVICE);
    }

    @Test
    void aProviderThatIsNotThereIsNamed() throws IOException {
        var jar = folder.resolve("lacking.jar");
        write(jar, SERVICE, "com.example.Missing\n".getBytes());
        var result = Cli.run("models", "--model-impl-jars", jar);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("com.example.Missing").contains("cannot be loaded");
    }

    @Test
    void aJarOfAnotherVersionIsNamed() throws IOException {
        var jar = folder.resolve("future.jar");
        byte[] code = compile("provider.Future", "Future1", "io.gatun.models.LlamaForCausalLM::new");
        code[7] = 99;
        write(jar, SERVICE, "provider.Future".getBytes(), "provider/Future.class", code);
        var result = Cli.run("models", "--model-impl-jars", jar);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("built for another version").contains("provider/Future");
    }

    @Test
    void aNameThatIsTakenAndAFactoryThatThrowsAreErrors() throws IOException {
        var taken = jar("taken", "LlamaForCausalLM", "io.gatun.models.LlamaForCausalLM::new");
        assertThat(Cli.run("models", "--model-impl-jars", taken).err()).contains("there is a model called 'LlamaForCausalLM' already, from ");
        var thrower = jar("thrower", "Thrower1", "(config, weights) -> { throw new IllegalStateException(\"not today\"); }");
        var model = Cli.withTokenizer("llama-mha-f32", Files.createDirectory(folder.resolve("model")));
        var config = model.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("LlamaForCausalLM", "Thrower1"));
        assertThat(Cli.run("generate", "--device", "cpu", "--model-path", model, "--model-impl-jars", thrower, "abc").err())
                .contains("the model 'Thrower1' of thrower.jar failed to be made: java.lang.IllegalStateException: not today");
    }

    private Path jar(String name, String architecture, String factory) throws IOException {
        var type = "provider." + Character.toUpperCase(name.charAt(0)) + name.substring(1);
        var jar = folder.resolve(name + ".jar");
        write(jar, SERVICE, type.getBytes(), type.replace('.', '/') + ".class", compile(type, architecture, factory));
        return jar;
    }

    private byte[] compile(String type, String architecture, String factory) throws IOException {
        var source = """
                package provider;
                public final class %s implements io.gatun.runtime.model.ModelProvider {
                    public java.util.Map<String, io.gatun.runtime.model.ModelFactory> models() {
                        return java.util.Map.of("%s", %s);
                    }
                }
                """.formatted(type.substring(type.indexOf('.') + 1), architecture, factory);
        var out = folder.resolve("classes");
        Files.createDirectories(out);
        var file = new SimpleJavaFileObject(URI.create("string:///" + type.replace('.', '/') + ".java"), SimpleJavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        var options = List.of("-d", out.toString(), "-cp", System.getProperty("java.class.path"));
        assertThat(ToolProvider.getSystemJavaCompiler().getTask(null, null, null, options, null, List.of(file)).call()).isTrue();
        return Files.readAllBytes(out.resolve(type.replace('.', '/') + ".class"));
    }

    /** A jar of names, each with its bytes after it. */
    private static void write(Path jar, Object... entries) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar); var out = new JarOutputStream(file)) {
            for (int i = 0; i < entries.length; i += 2) {
                out.putNextEntry(new JarEntry((String) entries[i]));
                out.write((byte[]) entries[i + 1]);
            }
        }
    }
}
